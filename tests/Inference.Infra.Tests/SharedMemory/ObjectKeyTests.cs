using Inference.Domain;
using Inference.Infra.SharedMemory;

namespace Inference.Infra.Tests.SharedMemory;

internal sealed class ObjectKeyTests
{
    [TestCase("/input", "/dev/shm/input")]
    [TestCase("input", "/dev/shm/input")]
    [TestCase("psm_4f.0-a", "/dev/shm/psm_4f.0-a")]
    public void ToPath_PlainName_IsInTheFolderOfObjects(string key, string path) => Assert.That(ObjectKey.ToPath(key, string.Empty), Is.EqualTo(path));

    [TestCase("")]
    [TestCase("/")]
    [TestCase("//a")]
    [TestCase(".")]
    [TestCase("..")]
    [TestCase("/..")]
    [TestCase("../etc/passwd")]
    [TestCase("/../etc/passwd")]
    [TestCase("a/b")]
    [TestCase("a/../../etc/passwd")]
    [TestCase(".hidden")]
    [TestCase("a b")]
    [TestCase("a\0b")]
    [TestCase("a\nb")]
    [TestCase("é")]
    [TestCase("sem.lock")]
    public void ToPath_AnythingElse_IsRefused(string key) =>
        Assert.That(() => ObjectKey.ToPath(key, string.Empty), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.InvalidArgument));

    [Test]
    public void ToPath_LongName_IsRefused() =>
        Assert.That(() => ObjectKey.ToPath(new string('a', 256), string.Empty), Throws.TypeOf<InferenceException>().With.Message.Contains("255"));

    [Test]
    public void ToPath_NameWithoutThePrefix_NamesTheOption()
    {
        Assert.That(ObjectKey.ToPath("/ml_in", "ml_"), Is.EqualTo("/dev/shm/ml_in"));
        Assert.That(() => ObjectKey.ToPath("/other", "ml_"), Throws.TypeOf<InferenceException>().With.Message.Contains("SharedMemory:KeyPrefix"));
    }
}
