using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Cache;

/// <summary>Looks once a second at what the pipelines in memory take, since runs make it more.</summary>
public sealed class PipelineCacheMonitor(PipelineCache cache, TimeProvider time, ILogger<PipelineCacheMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                Look();
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private void Look()
    {
        try
        {
            cache.Measure();
        }
        catch (Exception e)
        {
            logger.LookBroke(e);
        }
    }
}
