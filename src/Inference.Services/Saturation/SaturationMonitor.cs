using Inference.Core.Telemetry;
using Inference.Domain.Registry;
using Inference.Services.Pipelines;
using Microsoft.Extensions.Hosting;

namespace Inference.Services.Saturation;

/// <summary>
/// Measures once a second how busy the server is: recent waits of each pipeline, and of work for a thread of the pool, by the
/// wait that is aimed at. The latter tells it for models that are so small that their requests never queue. Requests pay
/// nothing for it: totals are read that are kept anyway.
/// </summary>
public sealed class SaturationMonitor : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly PipelineRegistry _registry;
    private readonly IServerMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly TimeSpan _target;
    private double _threadWait;
    private long _last;

    /// <summary>Creates it.</summary>
    /// <param name="registry">Its pipelines are looked at.</param>
    /// <param name="metrics">Is told.</param>
    /// <param name="time">Clock.</param>
    /// <param name="target">The wait that is aimed at.</param>
    public SaturationMonitor(PipelineRegistry registry, IServerMetrics metrics, TimeProvider time, TimeSpan target)
    {
        _registry = registry;
        _metrics = metrics;
        _time = time;
        _target = target;
        _last = time.GetTimestamp();
    }

    /// <summary>Looks once.</summary>
    /// <param name="threadWait">What a piece of work has just waited for a thread.</param>
    internal void Measure(TimeSpan threadWait)
    {
        var now = _time.GetTimestamp();
        var elapsed = _time.GetElapsedTime(_last, now);
        _last = now;
        _threadWait = Smoothing.Next(_threadWait, threadWait.TotalSeconds, elapsed);
        var worst = _threadWait / _target.TotalSeconds;
        foreach (var model in _registry.Models)
        {
            foreach (var entry in model.Versions)
            {
                if (entry.Attachment is PipelineObserver observer)
                    worst = Math.Max(worst, observer.MeasureWait(_target, elapsed));
            }
        }

        _metrics.SaturationMeasured(worst, _threadWait);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                Measure(await WaitForThreadAsync().ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task<TimeSpan> WaitForThreadAsync()
    {
        var queued = _time.GetTimestamp();
        var started = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static own => own.Started.SetResult(own.Time.GetElapsedTime(own.Queued)), (Started: started, Time: _time, Queued: queued), preferLocal: false);
        return await started.Task.ConfigureAwait(false);
    }
}
