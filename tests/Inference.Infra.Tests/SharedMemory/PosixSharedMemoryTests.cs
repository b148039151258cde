using Inference.Domain;
using Inference.Infra.SharedMemory;

namespace Inference.Infra.Tests.SharedMemory;

internal sealed class PosixSharedMemoryTests
{
    private readonly PosixSharedMemory _memory = new(string.Empty);

    [SetUp]
    public void RequireLinux() => ShmObject.Require();

    [Test]
    public void Open_NoSuchObject_NamesIt() =>
        Assert.That(() => _memory.Open("r", "/inference-test-none", 0, 1), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.RegionNotFound).And.Message.Contains("'/inference-test-none'"));

    [Test]
    public void Open_LinkToAFile_IsRefused()
    {
        var name = $"inference-test-{Guid.NewGuid():N}";
        File.CreateSymbolicLink($"/dev/shm/{name}", "/etc/passwd");
        try
        {
            Assert.That(() => _memory.Open("r", name, 0, 1), Throws.TypeOf<InferenceException>().With.Message.Contains("is a link"));
        }
        finally
        {
            File.Delete($"/dev/shm/{name}");
        }
    }

    [Test]
    public void Open_Folder_IsRefused()
    {
        var name = $"inference-test-{Guid.NewGuid():N}";
        Directory.CreateDirectory($"/dev/shm/{name}");
        try
        {
            Assert.That(() => _memory.Open("r", name, 0, 1), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.InvalidArgument));
        }
        finally
        {
            Directory.Delete($"/dev/shm/{name}");
        }
    }

    [Test]
    public void Open_PartBeyondTheObject_TellsItsSize()
    {
        using var shm = new ShmObject(100);
        Assert.That(() => _memory.Open("r", shm.Name, 50, 51), Throws.TypeOf<InferenceException>().With.Message.Contains("of 100 bytes").And.Message.Contains("offset 50 and byte_size 51"));
        Assert.That(Directory.EnumerateFiles("/proc/self/fd").Count(f => File.ResolveLinkTarget(f, false)?.Name == shm.Name), Is.EqualTo(1), "no descriptor is left open");
    }
}
