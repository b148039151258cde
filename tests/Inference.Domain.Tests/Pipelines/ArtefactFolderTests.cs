using Inference.Domain.Pipelines;

namespace Inference.Domain.Tests.Pipelines;

internal sealed class ArtefactFolderTests
{
    private string _root = null!;
    private ArtefactFolder _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _root = Directory.CreateTempSubdirectory("inference-tests-").FullName;
        Directory.CreateDirectory(At("m/1/sub"));
        Directory.CreateDirectory(At("m/10"));
        foreach (var file in (string[])["m/1/model.onnx", "m/1/sub/labels.txt", "m/10/model.onnx", "secret"])
            File.WriteAllText(At(file), "");
        _folder = new ArtefactFolder(At("m/1"));
    }

    [TearDown]
    public void TearDown() => Directory.Delete(_root, recursive: true);

    [TestCase("model.onnx", "m/1/model.onnx")]
    [TestCase("sub/labels.txt", "m/1/sub/labels.txt")]
    [TestCase("./sub/../model.onnx", "m/1/model.onnx")]
    public void File_Within_IsItsAbsolutePath(string name, string expected) => Assert.That(_folder.File(name), Is.EqualTo(At(expected)));

    [TestCase("", "relative to the version's folder")]
    [TestCase("/etc/passwd", "relative to the version's folder")]
    [TestCase("a\0b", "relative to the version's folder")]
    [TestCase("../10/model.onnx", "it lies outside the version's folder")]
    [TestCase("../../secret", "it lies outside the version's folder")]
    [TestCase("..", "it lies outside the version's folder")]
    [TestCase(".", "it lies outside the version's folder")]
    [TestCase("sub", "there is no such file in the version's folder")]
    [TestCase("none.onnx", "there is no such file in the version's folder")]
    public void File_AnythingElse_IsRefused(string name, string expected) =>
        Assert.That(DomainErrors.Refusal(ErrorCode.LoadFailed, () => _folder.File(name)), Is.EqualTo($"file {ErrorText.Quote(name)} cannot be used: {(expected.StartsWith("rel", StringComparison.Ordinal) ? "a file is named " : "")}{expected}."));

    [Test]
    public void File_LinkWithin_IsAccepted()
    {
        File.CreateSymbolicLink(At("m/1/link"), "sub/labels.txt");
        File.CreateSymbolicLink(At("m/1/chain"), "link");
        Assert.That(_folder.File("chain"), Is.EqualTo(At("m/1/chain")));
    }

    [TestCase("../../secret")]
    [TestCase("../10/model.onnx")]
    public void File_LinkOut_IsRefused(string target)
    {
        File.CreateSymbolicLink(At("m/1/link"), target);
        Assert.That(DomainErrors.Refusal(ErrorCode.LoadFailed, () => _folder.File("link")), Does.Contain("it is a link that leads out of the version's folder"));
    }

    [Test]
    public void File_InALinkedFolderOutside_IsRefused()
    {
        Directory.CreateSymbolicLink(At("m/1/other"), At("m/10"));
        Assert.That(DomainErrors.Refusal(ErrorCode.LoadFailed, () => _folder.File("other/model.onnx")), Does.Contain("it is a link that leads out"));
    }

    [Test]
    public void File_FolderReachedThroughALink_IsAccepted()
    {
        Directory.CreateSymbolicLink(At("linked"), At("m/1"));
        Assert.That(new ArtefactFolder(At("linked")).File("model.onnx"), Is.EqualTo(At("linked/model.onnx")));
    }

    // The operating system goes up from where the linked folder really is, not from where its link stands.
    [Test]
    public void File_LinkThatGoesUpFromALinkedFolder_IsJudgedByWhereItReallyLeads()
    {
        Directory.CreateDirectory(At("outside/deep"));
        File.WriteAllText(At("outside/model.onnx"), "");
        Directory.CreateSymbolicLink(At("m/1/deep"), At("outside/deep"));
        File.CreateSymbolicLink(At("m/1/link"), "deep/../model.onnx");
        Assert.That(DomainErrors.Refusal(ErrorCode.LoadFailed, () => _folder.File("link")), Does.Contain("it is a link that leads out"));
    }

    [Test]
    public void RealPath_LinkToItself_IsAnIoError()
    {
        File.CreateSymbolicLink(At("round"), "round");
        Assert.Throws<IOException>(() => ArtefactFolder.RealPath(At("round")));
    }

    private string At(string name) => Path.Combine(_root, name);
}
