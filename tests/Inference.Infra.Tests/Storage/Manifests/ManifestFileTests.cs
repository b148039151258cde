using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class ManifestFileTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Read_ByteOrderMark_IsPassedOver()
    {
        _folder.File("m.yaml", "\uFEFFa: 1\n");
        Assert.That(ManifestFile.Read(_folder.At("m.yaml"), "m.yaml").Entries.Single().Key, Is.EqualTo("a"));
    }

    [Test]
    public void Read_NotUtf8_IsRefused()
    {
        _folder.File("m.yaml", [97, 58, 32, 0xE9, 10]);
        Assert.That(Mistake(), Is.EqualTo("n/m.yaml: the file is not UTF-8 (byte 3); save it as UTF-8."));
    }

    [Test]
    public void Read_LargeFile_IsRefusedAndOneByteLessIsRead()
    {
        _folder.File("m.yaml", new string('#', ManifestFile.MaxBytes + 1));
        Assert.That(Mistake(), Does.StartWith("n/m.yaml: the file is larger than 1048576 bytes"));
        _folder.File("m.yaml", new string('#', ManifestFile.MaxBytes));
        Assert.That(ManifestFile.Read(_folder.At("m.yaml"), "m.yaml").Entries, Is.Empty);
    }

    [Test]
    public void Read_NoFile_IsRefused() => Assert.That(Mistake(), Does.StartWith("n/m.yaml: the file cannot be read"));

    private string Mistake() => Assert.Throws<ManifestException>(() => ManifestFile.Read(_folder.At("m.yaml"), "n/m.yaml"))!.Errors.Single();
}
