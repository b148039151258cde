using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Observability.Otlp;
using NUnit.Framework;

namespace Inference.Functional.Tests.Observability;

/// <summary>Where spans go, how many, and what happens when the collector is away.</summary>
internal sealed class TraceExportTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private TemporaryRepository _repository = null!;

    [OneTimeSetUp]
    public void CopyModel() => _repository = new TemporaryRepository().Copy(RepositoryPaths.TestModels, "sum_product");

    [OneTimeTearDown]
    public void DeleteModel() => _repository.Dispose();

    [Test]
    public async Task Stop_WithSpansThatWait_SendsThem()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var server = await StartAsync(("Telemetry:Traces:Endpoint", collector.GrpcAddress));
        for (var i = 0; i < 20; i++)
            await server.Client.ModelInferAsync(Request("call"));

        await server.StopAsync();

        Assert.That(collector.Spans().Calls("call").Count(), Is.EqualTo(20));
    }

    [Test]
    public async Task Stop_OverHttp_SendsThemToThePathOfTraces()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var server = await StartAsync(("Telemetry:Traces:Endpoint", collector.HttpAddress), ("Telemetry:Traces:Protocol", "http/protobuf"));
        await server.Client.ModelInferAsync(Request("call"));

        await server.StopAsync();

        Assert.That(collector.Spans().Calls("call").Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task Sampling_OfNone_RecordsOnlyWhatCallersRecord()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var server = await StartAsync(("Telemetry:Traces:Endpoint", collector.GrpcAddress), ("Telemetry:Traces:SampleRatio", "0"));
        for (var i = 0; i < 20; i++)
            await server.Client.ModelInferAsync(Request("mine"));
        await server.Client.ModelInferAsync(Request("callers"), new Metadata { { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } });

        await server.StopAsync();

        Assert.Multiple(() =>
        {
            Assert.That(collector.Spans().Calls("mine"), Is.Empty);
            Assert.That(collector.Spans().Calls("callers").Count(), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Collector_ThatIsAway_HarmsNoCallAndIsToldOnce()
    {
        const string delay = "OTEL_BSP_SCHEDULE_DELAY";
        Environment.SetEnvironmentVariable(delay, "20");
        try
        {
            await using var server = await StartAsync(("Telemetry:Traces:Endpoint", $"http://name:secret@127.0.0.1:{ServerProcess.FreePort()}"), ("Logging:Level", "Information"));
            var calls = 0;
            var told = SpinUntil(() => Failures(server).Count > 0, async () =>
            {
                await server.Client.ModelInferAsync(Request("call"));
                calls++;
            });
            await told;
            for (var i = 0; i < 100; i++)
                await server.Client.ModelInferAsync(Request("call"));
            await server.StopAsync();

            Assert.Multiple(() =>
            {
                Assert.That(calls, Is.Positive);
                Assert.That(Failures(server), Has.Count.EqualTo(1));
                Assert.That(server.Log.All.Select(e => e.Text), Has.None.Contain("secret"));
                Assert.That(server.Log.Errors, Is.Empty);
            });
        }
        finally
        {
            Environment.SetEnvironmentVariable(delay, null);
        }
    }

    [Test]
    public async Task Traces_WithoutAnEndpoint_AreOff()
    {
        await using var server = await StartAsync();
        var pending = server.Client.ModelInferAsync(Request("call"), new Metadata { { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } });

        Assert.That((await pending.ResponseHeadersAsync).Get("traceresponse"), Is.Null);
        await pending;
    }

    private static List<ErrorLog.LogEntry> Failures(RunningServer server) => [.. server.Log.All.Where(e => e.Text.Contains("Traces cannot be sent", StringComparison.Ordinal))];

    private static async Task SpinUntil(Func<bool> isDone, Func<Task> step)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!isDone())
        {
            limit.Token.ThrowIfCancellationRequested();
            await step();
        }
    }

    private static ModelInferRequest Request(string id) => Requests.For("sum_product", "1").WithId(id).Floats("a", [1, 3], new float[3]).Floats("b", [1, 3], new float[3]);

    private Task<RunningServer> StartAsync(params (string Key, string Value)[] settings) => RunningServer.StartAsync(_repository.Path, settings);
}
