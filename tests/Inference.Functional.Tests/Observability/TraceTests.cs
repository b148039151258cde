using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Observability.Otlp;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Observability;

/// <summary>What a collector gets of the calls of a server that is told where it is.</summary>
internal sealed class TraceTests : ServerFixture, IDisposable
{
    private const string Method = "inference.GRPCInferenceService/ModelInfer";
    private const string Manifest =
        """
        execution: { lanes: 1 }
        batching: { max_batch_rows: 4, max_delay: 60s, preferred_batch_rows: [2, 4] }
        warmup: { runs: 0 }
        """;

    private const string Delay = "OTEL_BSP_SCHEDULE_DELAY";
    private readonly TemporaryRepository _repository = new TemporaryRepository()
        .Copy(RepositoryPaths.TestModels, "sum_product")
        .Copy(RepositoryPaths.TestModels, "dense")
        .Copy(RepositoryPaths.TestModels, "slow")
        .Write("dense/1/pipeline.yaml", Manifest);

    private readonly OtlpReceiver _collector;

    public TraceTests()
    {
        // The spans of a call are sent soon after it, and not after the usual five seconds.
        Environment.SetEnvironmentVariable(Delay, "50");
        _collector = OtlpReceiver.StartAsync().GetAwaiter().GetResult();
    }

    protected override string Repository => _repository.Path;

    protected override (string Key, string Value)[] Settings => [("Telemetry:Traces:Endpoint", _collector.GrpcAddress), ("Execution:InlineBelowMicroseconds", "0")];

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Delay, null);
        _collector.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _repository.Dispose();
    }

    [Test]
    public async Task Trace_OfAUnaryCall_HasTheStagesBelowOneServerSpan()
    {
        await Server.Client.ModelInferAsync(Sum("unary"));

        var (spans, call) = await CallAsync("unary");
        var stages = spans.Children(call).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(call.Name, Is.EqualTo(Method));
            Assert.That(call.ParentSpanId.Length, Is.Zero);
            Assert.That(call.Text("rpc.system.name"), Is.EqualTo("grpc"));
            Assert.That(call.Text("rpc.method"), Is.EqualTo(Method));
            Assert.That(call.Text("rpc.response.status_code"), Is.EqualTo("OK"));
            Assert.That(call.Text("server.address"), Is.EqualTo("127.0.0.1"));
            Assert.That(call.Number("server.port"), Is.EqualTo(Server.GrpcAddress.Port));
            Assert.That(call.Text("inference.model.name"), Is.EqualTo("sum_product"));
            Assert.That(call.Text("inference.model.version"), Is.EqualTo("1"));
            Assert.That(call.Number("inference.request.rows"), Is.EqualTo(1));
            Assert.That(call.StatusCode(), Is.Zero);
            Assert.That(stages.Select(s => s.Name), Is.EquivalentTo(SpanReading.Stages));
            Assert.That(stages, Has.All.Matches<ExportedSpan>(s => s!.Kind == ExportedKind.Internal && s.Start >= call.Start && s.End <= call.End && s.Start <= s.End));
            Assert.That(stages.OrderBy(s => s.Start).ThenBy(s => s.End).Select(s => s.Name), Is.EqualTo(SpanReading.Stages));
            Assert.That(stages.Single(s => s.Name == "execute").Number("inference.batch.rows"), Is.Positive);
            Assert.That(_collector.Resource["service.name"], Is.EqualTo("inference"));
        });
    }

    [Test]
    public async Task Trace_OfRequestsThatShareARun_AreLinkedWithIt()
    {
        string[] ids = ["batch-1", "batch-2", "batch-3", "batch-4"];
        await Task.WhenAll(ids.Select(id => Server.Client.ModelInferAsync(Dense(id)).ResponseAsync));

        var spans = await _collector.WaitAsync(all => ids.All(id => all.Calls(id).Any(call => Ended(all, call))));
        var shared = 0L;
        foreach (var batch in spans.Where(s => s.Name == "batch" && s.Text("inference.model.name") == "dense"))
        {
            shared += batch.Number("inference.batch.requests");
            Assert.That(batch.ParentSpanId.Length, Is.Zero, "it belongs to none of them");
        }

        Assert.That(shared, Is.EqualTo(4));
        foreach (var call in ids.Select(id => spans.Calls(id).Single()))
        {
            var link = spans.Children(call).Single(s => s.Name == "execute").Links.Single();
            var batch = spans.Single(s => s.SpanId == link.SpanId);
            Assert.That((batch.Name, batch.TraceId), Is.EqualTo(("batch", link.TraceId)));
            Assert.That(batch.Links.Select(l => l.SpanId), Does.Contain(call.SpanId));
        }
    }

    [Test]
    public async Task Trace_OfAStream_HasOneServerSpanForEachRequest()
    {
        using var stream = Server.Client.ModelStreamInfer();
        string[] ids = ["stream-1", "stream-2", "stream-3"];
        foreach (var id in ids)
            await stream.RequestStream.WriteAsync(Sum(id));
        await stream.RequestStream.WriteAsync(Requests.For("nobody", "1").WithId("stream-4"));
        await stream.RequestStream.CompleteAsync();
        var answers = 0;
        await foreach (var answer in stream.ResponseStream.ReadAllAsync())
            answers++;

        var spans = await _collector.WaitAsync(all => ids.All(id => all.Calls(id).Any(call => Ended(all, call))) && all.Calls("stream-4").Any());
        var calls = ids.Select(id => spans.Calls(id).Single()).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(answers, Is.EqualTo(4));
            Assert.That(calls, Has.All.Matches<ExportedSpan>(c => c!.Name == "inference.GRPCInferenceService/ModelStreamInfer" && c.Text("rpc.response.status_code") == "OK"));
            Assert.That(calls.Select(c => c.TraceId).Distinct().Count(), Is.EqualTo(3), "each is a trace of its own");
            Assert.That(spans.Calls("stream-4").Single().Text("rpc.response.status_code"), Is.EqualTo("NOT_FOUND"));
        });
    }

    [Test]
    public async Task Trace_OfACallersMistake_TellsItsStatus()
    {
        Assert.That(async () => await Server.Client.ModelInferAsync(Requests.For("sum_product", "7").WithId("mistake")), Throws.InstanceOf<RpcException>());

        var call = (await _collector.WaitAsync(all => all.Calls("mistake").Any())).Calls("mistake").Single();
        Assert.Multiple(() =>
        {
            Assert.That(call.Text("rpc.response.status_code"), Is.EqualTo("NOT_FOUND"));
            Assert.That(call.Text("inference.model.version"), Is.EqualTo("7"));
            Assert.That(call.StatusCode(), Is.Zero, "not a fault of the server");
        });
    }

    [Test]
    public async Task Trace_OfACallWhoseDeadlinePasses_IsAnError()
    {
        // One that the server never sees, since its connection takes that long, is no span.
        await Server.Client.ModelInferAsync(Sum("before"));

        // Its run takes far longer. A row that waited for others would be run in time instead.
        var call = async () => await Server.Client.ModelInferAsync(Blockade.Slow("slow", 1_000_000).WithId("late"), deadline: DateTime.UtcNow.AddSeconds(1));
        Assert.That(call, Throws.InstanceOf<RpcException>().With.Property(nameof(RpcException.StatusCode)).EqualTo(StatusCode.DeadlineExceeded));

        var span = (await _collector.WaitAsync(all => all.Calls("late").Any())).Calls("late").Single();
        Assert.Multiple(() =>
        {
            Assert.That(span.Text("rpc.response.status_code"), Is.EqualTo("DEADLINE_EXCEEDED").Or.EqualTo("CANCELLED"), "the client gives up at the same moment");
            if (span.Text("rpc.response.status_code") == "DEADLINE_EXCEEDED")
            {
                Assert.That(span.Text("error.type"), Is.EqualTo("DEADLINE_EXCEEDED"));
                Assert.That(span.StatusCode(), Is.EqualTo(2));
            }
        });
    }

    [Test]
    public async Task Trace_OfACallerWithATrace_IsPartOfIt()
    {
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        const string caller = "b7ad6b7169203331";
        var pending = Server.Client.ModelInferAsync(Sum("child"), new Metadata { { "traceparent", $"00-{trace}-{caller}-01" }, { "tracestate", "vendor=value" } });
        var headers = await pending.ResponseHeadersAsync;
        await pending;

        var (_, call) = await CallAsync("child");
        Assert.Multiple(() =>
        {
            Assert.That((call.TraceId.Hex(), call.ParentSpanId.Hex(), call.TraceState), Is.EqualTo((trace, caller, "vendor=value")));
            Assert.That(headers.GetValue("traceresponse"), Is.EqualTo($"00-{trace}-{call.SpanId.Hex()}-01"));
        });
    }

    [Test]
    public async Task Trace_OfACallerThatRecordsNothing_IsNotRecorded()
    {
        await Server.Client.ModelInferAsync(Sum("unrecorded"), new Metadata { { "traceparent", "00-0af7651916cd43dd8448eb211c80319d-b7ad6b7169203331-00" } });
        await Server.Client.ModelInferAsync(Sum("after"));

        var (spans, _) = await CallAsync("after");
        Assert.That(spans.Calls("unrecorded"), Is.Empty);
    }

    [TestCase("not a context")]
    [TestCase("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [TestCase("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-and-more")]
    public async Task Trace_OfACallerWithABrokenTrace_BeginsAnew(string traceParent)
    {
        var id = $"broken {traceParent}";
        await Server.Client.ModelInferAsync(Sum(id), new Metadata { { "traceparent", traceParent } });

        var (_, call) = await CallAsync(id);
        Assert.That(call.ParentSpanId.Length, Is.Zero);
    }

    private static bool Ended(IReadOnlyList<ExportedSpan> spans, ExportedSpan call) =>
        SpanReading.Stages.All(stage => spans.Children(call).Any(s => s.Name == stage))
        && spans.Children(call).SelectMany(s => s.Links).All(l => spans.Any(s => s.SpanId == l.SpanId));

    private static ModelInferRequest Sum(string id) => Requests.For("sum_product", "1").WithId(id).Floats("a", [1, 3], new float[3]).Floats("b", [1, 3], new float[3]);

    private static ModelInferRequest Dense(string id) => Requests.For("dense", "1").WithId(id).Floats("x", [1, 32], new float[32]);

    private async Task<(IReadOnlyList<ExportedSpan> Spans, ExportedSpan Call)> CallAsync(string id)
    {
        var spans = await _collector.WaitAsync(all => all.Calls(id).Any(call => Ended(all, call)));
        return (spans, spans.Calls(id).Single());
    }
}
