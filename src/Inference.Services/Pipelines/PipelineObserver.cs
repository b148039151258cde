using System.Diagnostics;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Services.Infer;
using Inference.Services.Saturation;
using Inference.Services.Statistics;
using Inference.Services.Tracing;

namespace Inference.Services.Pipelines;

/// <summary>What is counted for one loaded pipeline, and its names in the forms that each request needs. Thread-safe.</summary>
public sealed class PipelineObserver : IExecutionObserver
{
    private readonly IPipelineMetrics _metrics;
    private readonly double _secondsPerTick;
    private readonly PipelineKey _key;
    private readonly string _device;
    private readonly TimeProvider _time;
    private IDisposable? _queueWatch;
    private volatile IExecutor? _executor;
    private long _answerBytes;

    /// <summary>Creates it for a pipeline that was just loaded; it goes on counting where an earlier load of the same name and version stopped.</summary>
    public PipelineObserver(PipelineKey key, string device, IInferenceMetrics metrics, TimeProvider time, PipelineStatistics? earlier = null)
    {
        Label = key.Describe();
        VersionText = key.VersionText;
        Statistics = earlier ?? new PipelineStatistics(time);
        Warnings = new LogThrottle(time);
        _metrics = metrics.ForPipeline(key.Name, VersionText, device);
        (_key, _device, _time) = (key, device, time);
        _secondsPerTick = 1.0 / time.TimestampFrequency;
    }

    /// <summary>How errors name the pipeline.</summary>
    public string Label { get; }

    /// <summary>The version as clients write it.</summary>
    public string VersionText { get; }

    /// <summary>Running totals.</summary>
    public PipelineStatistics Statistics { get; }

    /// <summary>What the pipeline is to its callers, which stays known while it is not in memory; null where that may have changed.</summary>
    internal PipelineDescription? Description { get; set; }

    /// <summary>Bytes of outputs that its last answer had: what the next is expected to have. 0 before the first.</summary>
    internal long AnswerBytes
    {
        get => Volatile.Read(ref _answerBytes);
        set
        {
            // Most answers are like the one before, and a value that is not written stays in every processor's cache.
            if (Volatile.Read(ref _answerBytes) != value)
                Volatile.Write(ref _answerBytes, value);
        }
    }

    /// <summary>Recent waits by the wait that is aimed at.</summary>
    internal RecentWait RecentWait { get; } = new();

    /// <summary>Bounds the warnings about its requests.</summary>
    internal LogThrottle Warnings { get; }

    /// <summary>Counts a request that was answered.</summary>
    public void Succeeded(RequestContext context)
    {
        Statistics.Succeeded(context);
        _metrics.RequestCompleted(ErrorCodes.Ok, Seconds(context), context.Rows);
    }

    /// <summary>Counts a request that ended in an error.</summary>
    public void Failed(RequestContext context, InferenceException error)
    {
        Statistics.Failed(context);
        _metrics.RequestCompleted(error.Code.Name(), Seconds(context), context.Rows);
    }

    /// <inheritdoc/>
    public void RunCompleted(in RunReport run)
    {
        Statistics.RunCompleted(run);
        _metrics.RunCompleted(run.Rows, run.Requests, run.Succeeded);
    }

    /// <inheritdoc/>
    public ActivityContext RunTraced(in RunReport run, long begun, long ended, IReadOnlyList<RequestTrace> requests)
    {
        var (now, timestamp) = (_time.GetUtcNow(), _time.GetTimestamp());
        return BatchSpan.Of(_key, _device, run, now - _time.GetElapsedTime(begun, timestamp), now - _time.GetElapsedTime(ended, timestamp), requests);
    }

    /// <inheritdoc/>
    public void Refused(RefusalReason reason)
    {
        Statistics.Refused();
        _metrics.Refused(SchedulingNames.Of(reason));
    }

    /// <inheritdoc/>
    public void Stopped(StopPlace place, StopCause cause) => _metrics.Stopped(SchedulingNames.Of(place), SchedulingNames.Of(cause));

    /// <inheritdoc/>
    public void Waited(long predicted, long actual)
    {
        if (predicted >= 0)
            _metrics.Waited(predicted * _secondsPerTick, actual * _secondsPerTick);
    }

    /// <summary>Counts what this executor does from now on, and tells what waits in it.</summary>
    internal void Attach(IExecutor executor)
    {
        executor.Observe(this);
        _executor = executor;
        _queueWatch = _metrics.WatchQueue(() =>
        {
            var load = executor.Load;
            return new QueueDepth(load.Requests, load.Rows, load.Bytes, load.Blocked) { Running = load.Running, Saturation = RecentWait.Ratio };
        });
    }

    /// <summary>The executor is gone, and nothing waits in it any more.</summary>
    internal void Detach()
    {
        _executor = null;
        Interlocked.Exchange(ref _queueWatch, null)?.Dispose();
    }

    /// <summary>Looks at what waited since the last look; the result is the recent wait by <paramref name="target"/>.</summary>
    internal double MeasureWait(TimeSpan target, TimeSpan elapsed) =>
        RecentWait.Measure(Statistics.ReadWaits(), _executor?.Load.Requests ?? 0, target, elapsed);

    private StageSeconds Seconds(RequestContext context)
    {
        var times = context.Timings;
        return new StageSeconds(
            times.Queue * _secondsPerTick,
            times.Preprocess * _secondsPerTick,
            times.Execute * _secondsPerTick,
            times.Postprocess * _secondsPerTick,
            times.Total * _secondsPerTick)
        {
            Span = context.Trace?.Span ?? default,
        };
    }
}
