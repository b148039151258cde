using System.Text.Json;
using Inference.Adapters.Cli;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Server;
using NUnit.Framework;

namespace Inference.Functional.Tests.Loads;

/// <summary>The load generator against the whole server: every answer under load is the one that its request got alone.</summary>
internal sealed class BenchTests : ServerFixture
{
    protected override string Repository => RepositoryPaths.SampleModels;

    protected override (string Key, string Value)[] Settings => [("SharedMemory:Enabled", "true")];

    [TestCase("--concurrency 1,32")]
    [TestCase("--concurrency 32 --connections 2 --batch 7")]
    [TestCase("--concurrency 300 --stream")]
    [TestCase("--rate 500")]
    [TestCase("--rate 500 --stream --deadline 5s")]
    public async Task Bench_RandomRequests_AreAnsweredRightUnderLoad(string options)
    {
        var levels = await MeasureAsync($"digits --version 2 --verify --duration 500ms --warmup 100ms {options}");

        foreach (var level in levels.EnumerateArray())
        {
            Assert.That(level.GetProperty("failed").GetInt64(), Is.Zero);
            Assert.That(level.GetProperty("ok").GetInt64(), Is.GreaterThan(50));
            Assert.That(level.GetProperty("compared").GetInt64(), Is.EqualTo(level.GetProperty("ok").GetInt64()));
        }
    }

    [Test]
    public async Task Bench_ModelThatAnswersPieceByPiece_CountsRequestsAndMessages()
    {
        var levels = await MeasureAsync("digits-each --version 1 --stream --batch 3 --requests 200 --concurrency 20 --warmup 0s");

        Assert.That((levels[0].GetProperty("ok").GetInt64(), levels[0].GetProperty("messages").GetInt64()), Is.EqualTo((200, 600)));
    }

    [Test]
    public async Task Bench_ModelOfTexts_MakesThemUp()
    {
        var levels = await MeasureAsync("gloss-topics --version 1 --requests 100 --warmup 0s --text-length 40");

        Assert.That(levels[0].GetProperty("ok").GetInt64(), Is.EqualTo(100));
    }

    [TestCase("digits --version 2 --batch 3")]
    [TestCase("gloss-topics --version 1 --stream")]
    public async Task Bench_SharedMemory_IsAnsweredRightAndTakenAway(string options)
    {
        if (!Directory.Exists("/dev/shm"))
            Assert.Ignore("This machine has no /dev/shm.");

        var levels = await MeasureAsync($"{options} --shared-memory system --verify --requests 300 --concurrency 16 --warmup 0s");

        var status = await Server.Client.SystemSharedMemoryStatusAsync(new SystemSharedMemoryStatusRequest());
        Assert.Multiple(() =>
        {
            Assert.That((levels[0].GetProperty("ok").GetInt64(), levels[0].GetProperty("compared").GetInt64()), Is.EqualTo((300, 300)));
            Assert.That(status.Regions, Is.Empty);
            Assert.That(Directory.EnumerateFiles("/dev/shm", $"inference-bench-{Environment.ProcessId}-*"), Is.Empty);
        });
    }

    private async Task<JsonElement> MeasureAsync(string options)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] arguments = ["bench", .. options.Split(' '), "--server", Server.GrpcAddress.ToString(), "--json", "--quiet"];
        var code = await CommandLine.RunAsync(arguments, new CompositionRoot(), output, error);
        Assert.That(code, Is.Zero, error.ToString());
        return JsonDocument.Parse(output.ToString()).RootElement.GetProperty("levels");
    }
}
