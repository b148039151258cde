using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Services.Infer;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Metadata;

public sealed class MetadataServiceTests
{
    [Test]
    public async Task Describe_LoadedVersion_TellsContractVersionsAndDevice()
    {
        using var engine = await TwoVersionsAsync();

        var metadata = await engine.Metadata.DescribeAsync("m", "2", CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That((metadata.Name, metadata.Version, metadata.Platform), Is.EqualTo(("m", "2", "fake")));
            Assert.That(metadata.ReadyVersions, Is.EqualTo(new[] { "2", "3" }));
            Assert.That(metadata.Inputs.Single().Describe(), Is.EqualTo("FP32[-1,2]"));
            Assert.That(metadata.Executor.Device, Is.EqualTo("cpu"));
        });
    }

    [Test]
    public async Task Describe_DeviceFellBack_TellsWhy()
    {
        var executor = new FakeExecutor((_, _) => throw new InvalidOperationException("not run here")) { Info = new ExecutorInfo("cpu", 1) { Fallback = "no GPU" } };
        using var engine = await TestEngine.LoadedAsync(executor);

        Assert.That((await engine.Metadata.DescribeAsync("m", "1", CancellationToken.None)).Executor.Fallback, Is.EqualTo("no GPU"));
    }

    [TestCase("m", "1", ErrorCode.LoadFailed)]
    [TestCase("m", "9", ErrorCode.VersionNotFound)]
    [TestCase("m", "", ErrorCode.VersionRequired)]
    [TestCase("x", "1", ErrorCode.ModelNotFound)]
    public async Task Describe_CannotBe_SaysWhy(string name, string version, ErrorCode code)
    {
        using var engine = await TwoVersionsAsync();

        Assert.That(async () => await engine.Metadata.DescribeAsync(name, version, CancellationToken.None), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(code));
    }

    [Test]
    public async Task Statistics_OfVersionModelAndAll_CountRequests()
    {
        using var engine = await TwoVersionsAsync();
        using var inputs = TestEngine.Row(1, 2);
        using var response = await engine.Inference.InferAsync(new InferenceRequest { ModelName = "m", Version = "3", Inputs = inputs }, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(Counts("m", "3"), Is.EqualTo(new[] { ("m/3", 1UL) }));
            Assert.That(Counts("m", ""), Is.EqualTo(new[] { ("m/2", 0UL), ("m/3", 1UL) }));
            Assert.That(Counts("", ""), Is.EqualTo(new[] { ("m/2", 0UL), ("m/3", 1UL) }));
            Assert.That(() => Counts("x", ""), Throws.TypeOf<InferenceException>());
            Assert.That(() => Counts("m", "1"), Throws.TypeOf<InferenceException>());
        });

        IEnumerable<(string, ulong)> Counts(string name, string version) =>
            engine.Metadata.Statistics(name, version).Select(s => (s.Key.ToString(), s.Totals.Success.Count)).ToList();
    }

    private static async Task<TestEngine> TwoVersionsAsync()
    {
        var engine = new TestEngine();
        engine.Repository.Add("m", 1, 2, 3);
        engine.Executors.Fail("model 'm' version 1", new InferenceException(ErrorCode.LoadFailed, "no"));
        await engine.LoadAsync();
        return engine;
    }
}
