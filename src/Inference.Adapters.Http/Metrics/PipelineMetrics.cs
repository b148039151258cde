using System.Collections.Concurrent;
using System.Diagnostics;
using Inference.Core.Telemetry;
using Inference.Services.Infer;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>
/// Recorder of one pipeline. Holds the label children that a request needs, so that nothing is looked up by label or
/// allocated on its way once each code and stage has occurred.
/// </summary>
internal sealed class PipelineMetrics : IPipelineMetrics
{
    // Whoever looks at a bucket finds a request that was in it.
    private static readonly Exemplar.LabelKey TraceId = Exemplar.Key("trace_id");
    private static readonly Exemplar.LabelKey SpanId = Exemplar.Key("span_id");
    private readonly PipelineFamilies _families;
    private readonly string _model;
    private readonly string _version;
    private readonly Counter.Child _ok;
    private readonly Counter.Child _rows;
    private readonly Func<string, Counter.Child> _forCode;
    private readonly SchedulingMetrics _scheduling;
    private readonly QueueGauges _queues;
    private readonly ConcurrentDictionary<string, Counter.Child> _errors = new(StringComparer.Ordinal);
    private Histogram.Child? _queue;
    private Histogram.Child? _preprocess;
    private Histogram.Child? _execute;
    private Histogram.Child? _postprocess;
    private Histogram.Child? _total;

    public PipelineMetrics(PipelineFamilies families, SchedulingMetrics scheduling, QueueGauges queues, string model, string version)
    {
        _families = families;
        _scheduling = scheduling;
        _queues = queues;
        _model = model;
        _version = version;
        _forCode = code => families.Requests.WithLabels(model, version, code);
        _ok = _forCode(ErrorCodes.Ok);
        _rows = families.Rows.WithLabels(model, version);
    }

    public void RequestCompleted(string code, in StageSeconds times, long rows)
    {
        if (code == ErrorCodes.Ok)
        {
            _ok.Inc();
            _rows.Inc(rows);
        }
        else
        {
            _errors.GetOrAdd(code, _forCode).Inc();
        }

        Observe(ref _queue, "queue", times.Queue, times.Span);
        Observe(ref _preprocess, "preprocess", times.Preprocess, times.Span);
        Observe(ref _execute, "execute", times.Execute, times.Span);
        Observe(ref _postprocess, "postprocess", times.Postprocess, times.Span);
        Observe(ref _total, "total", times.Total, times.Span);
    }

    public void RunCompleted(long rows, int requests, bool succeeded) => _scheduling.RunCompleted(rows, requests, succeeded);

    public void Refused(string reason) => _scheduling.Refused(reason);

    public void Stopped(string place, string cause) => _scheduling.Stopped(place, cause);

    public void Waited(double predicted, double actual) => _scheduling.Waited(predicted, actual);

    public IDisposable WatchQueue(Func<QueueDepth> read) => _queues.Add(_model, _version, read);

    // Two threads may both look the child up at first; they get the same one.
    private void Observe(ref Histogram.Child? child, string stage, double seconds, in ActivityContext span)
    {
        if (seconds <= 0)
            return;
        child ??= _families.Duration.WithLabels(_model, _version, stage);
        if (span == default)
            child.Observe(seconds);
        else
            child.Observe(seconds, Exemplar.From(TraceId.WithValue(span.TraceId.ToHexString()), SpanId.WithValue(span.SpanId.ToHexString())));
    }
}
