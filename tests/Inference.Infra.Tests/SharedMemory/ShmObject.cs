namespace Inference.Infra.Tests.SharedMemory;

/// <summary>A shared memory object as a client makes it; deleted at the end.</summary>
internal sealed class ShmObject : IDisposable
{
    private readonly FileStream _file;

    public ShmObject(int size)
    {
        _file = new FileStream(Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _file.SetLength(size);
    }

    public string Name { get; } = $"inference-test-{Guid.NewGuid():N}";

    public string Path => $"/dev/shm/{Name}";

    /// <summary>Ends the test where there are no such objects.</summary>
    public static void Require()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/dev/shm"))
            Assert.Ignore("POSIX shared memory objects are served on Linux alone.");
    }

    public void Resize(int size) => _file.SetLength(size);

    public void Write(long offset, byte[] data) => RandomAccess.Write(_file.SafeFileHandle, data, offset);

    public byte[] Read(long offset, int count)
    {
        var data = new byte[count];
        Assert.That(RandomAccess.Read(_file.SafeFileHandle, data, offset), Is.EqualTo(count));
        return data;
    }

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(Path);
    }
}
