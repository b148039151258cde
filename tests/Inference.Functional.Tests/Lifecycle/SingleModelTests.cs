using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>A folder that is one model, changed while it is served.</summary>
internal sealed class SingleModelTests : LifecycleFixture
{
    public SingleModelTests() => PutIdentity(".");

    protected override (string Key, string Value)[] Settings =>
        [("Repository:ModelName", "only"), ("Repository:PollSeconds", "600"), ("Repository:SettleMilliseconds", "200")];

    [Test]
    public async Task Folder_ArtefactReplacedAndSpoiled_ServesTheLastGoodOne()
    {
        await UntilAsync("only", "1 READY");
        Spoil(".");
        await UntilAsync("only", "1 READY serves its earlier content", isBeginning: true);
        var answer = await InferAsync("only");
        Repair(".");
        await UntilAsync("only", "1 READY");

        // A folder of versions instead of a file; the version of that number is replaced by it.
        PutIdentity("2");
        File.Delete(Path.Combine(Models.Path, "model.onnx"));
        await UntilAsync("only", "2 READY");

        Assert.That((answer, await InferAsync("only", "2")), Is.EqualTo((new[] { 3f, 4f }, new[] { 3f, 4f })));
        ExpectErrorLog("'only'");
    }
}
