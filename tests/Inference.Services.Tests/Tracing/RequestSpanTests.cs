using System.Diagnostics;
using Inference.Core.Telemetry;
using Inference.Domain.Execution;
using Inference.Services.Tracing;

namespace Inference.Services.Tests.Tracing;

[NonParallelizable]
internal sealed class RequestSpanTests
{
    private const string Method = "test.RequestSpanTests/Call";
    private static readonly CallSource Source = new(Method, "host", 8001, "192.0.2.1", 40_000);
    private readonly List<Activity> _ended = [];
    private ActivityListener? _listener;

    [TearDown]
    public void StopListening()
    {
        _listener?.Dispose();
        _listener = null;
        _ended.Clear();
    }

    [Test]
    public void Arrive_NobodyListens_IsNothing() => Assert.That(Tracing().Arrive(Source, null, null), Is.Null);

    [Test]
    public void Arrive_SettingsAreOff_IsNothing()
    {
        Listen();

        Assert.That(Tracing(isOn: false).Arrive(Source, null, null), Is.Null);
    }

    [Test]
    public void End_OfARecordedCall_TellsItsStagesWithinIt()
    {
        Listen();
        var time = TimeProvider.System;
        var span = Tracing().Arrive(Source, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b")!;
        var trace = span.Begin("model", "2", "id")!;
        var start = time.GetTimestamp();
        trace.Add(new StageInterval(Stage.Execute, start, start + 1, BatchRows: 3));

        span.End("INTERNAL", isFault: true, "it broke");
        span.End("OK", isFault: false, string.Empty);

        var call = _ended.Single(a => a.Kind == ActivityKind.Server);
        var stage = _ended.Single(a => a.Kind == ActivityKind.Internal);
        Assert.Multiple(() =>
        {
            Assert.That((call.TraceId.ToHexString(), call.ParentSpanId.ToHexString(), call.TraceStateString), Is.EqualTo(("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "a=b")));
            Assert.That((call.GetTagItem("error.type"), call.Status, call.StatusDescription), Is.EqualTo(((object)"INTERNAL", ActivityStatusCode.Error, "it broke")));
            Assert.That((call.GetTagItem("network.peer.address"), call.GetTagItem("server.port")), Is.EqualTo(((object)"192.0.2.1", (object)8001)));
            Assert.That((stage.DisplayName, stage.ParentSpanId, stage.GetTagItem(InferenceTracing.BatchRows)), Is.EqualTo(("execute", call.SpanId, (object)3L)));
            Assert.That(stage.StartTimeUtc, Is.GreaterThanOrEqualTo(call.StartTimeUtc));
            Assert.That(stage.StartTimeUtc + stage.Duration, Is.LessThanOrEqualTo(call.StartTimeUtc + call.Duration));
        });
    }

    [Test]
    public void End_OfACallThatWasNotRead_TellsIt()
    {
        Listen();

        Tracing().Arrive(Source, null, null)!.End("INVALID_ARGUMENT", isFault: false, "unreadable");

        Assert.That(_ended.Single().GetTagItem("rpc.response.status_code"), Is.EqualTo("INVALID_ARGUMENT"));
    }

    [Test]
    public void Begin_HostileNames_AreBounded()
    {
        Listen();
        var span = Tracing().Arrive(Source, null, null)!;
        span.Begin(new string('x', 100_000), "1\n2", new string('y', 100_000));

        span.End("OK", isFault: false, string.Empty);

        var call = _ended.Single();
        Assert.That((string)call.GetTagItem(InferenceTracing.ModelName)!, Has.Length.LessThan(1100));
        Assert.That((string)call.GetTagItem(InferenceTracing.RequestId)!, Has.Length.LessThan(1100));
        Assert.That((string)call.GetTagItem(InferenceTracing.ModelVersion)!, Does.Not.Contain("\n"));
    }

    private static RequestTracing Tracing(bool isOn = true) => new(new TraceSettings(isOn, 1, followsCaller: true), TimeProvider.System);

    private void Listen()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == InferenceTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Add,
        };
        ActivitySource.AddActivityListener(_listener);
    }
}
