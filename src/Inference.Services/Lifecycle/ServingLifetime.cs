using Inference.Core.Configuration;
using Inference.Core.Lifecycle;
using Inference.Services.Repository;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Lifecycle;

/// <summary>
/// Takes the process from start to stop: list the repository (a start fails where that cannot be done, unless its storage may be
/// away for a while: that is waited for behind open ports), load behind open ports, Running; on stop not ready but serving, then send clients away, refuse new, drain with a deadline, unload. The transport stops between
/// <see cref="StoppingAsync"/> and <see cref="StoppedAsync"/>, so answers under way are still written.
/// </summary>
public sealed class ServingLifetime : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(1);

    // What was refused while draining is still told; nothing else is left then but streams and uploads without end.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UnloadTime = TimeSpan.FromSeconds(5);
    private readonly RepositoryService _repository;
    private readonly ServerLifecycle _lifecycle;
    private readonly IEnumerable<IClientDeparture> _departures;
    private readonly ShutdownOptions _options;
    private readonly IHostApplicationLifetime _host;
    private readonly TimeProvider _time;
    private readonly ILogger<ServingLifetime> _logger;
    private readonly CancellationTokenSource _stopLoading = new();
    private Task _loading = Task.CompletedTask;

    /// <summary>Creates it.</summary>
    public ServingLifetime(
        RepositoryService repository,
        ServerLifecycle lifecycle,
        IEnumerable<IClientDeparture> departures,
        ShutdownOptions options,
        IHostApplicationLifetime host,
        TimeProvider time,
        ILogger<ServingLifetime> logger)
    {
        _repository = repository;
        _lifecycle = lifecycle;
        _departures = departures;
        _options = options;
        _host = host;
        _time = time;
        _logger = logger;
    }

    private int UnderWay => Math.Max(_lifecycle.InFlight, _lifecycle.Answers);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => _repository.MayBeAway ? Task.CompletedTask : _repository.DiscoverAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _loading = LoadAsync();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopLoading.CancelAsync().ConfigureAwait(false);
        _lifecycle.Advance(ServerPhase.Grace);
        _logger.Grace(_options.GraceSeconds);
        await Task.Delay(TimeSpan.FromSeconds(_options.GraceSeconds), _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var start = _time.GetTimestamp();
        await SendAwayAsync(cancellationToken).ConfigureAwait(false);
        _lifecycle.Advance(ServerPhase.Draining);
        await DrainAsync(start, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // A runtime that is opening an artefact cannot be ended; it must not keep the process from ending.
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_loading.IsCompleted)
            _logger.LoadingLeft();
    }

    /// <inheritdoc/>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(UnloadTime, _time);
        await _repository.UnloadAllAsync(deadline.Token).ConfigureAwait(false);
        _lifecycle.Advance(ServerPhase.Stopped);
        _logger.Stopped();
    }

    /// <inheritdoc/>
    public void Dispose() => _stopLoading.Dispose();

    private async Task LoadAsync()
    {
        try
        {
            if (_repository.MayBeAway)
                await _repository.DiscoverWhenThereAsync(_stopLoading.Token).ConfigureAwait(false);
            await _repository.LoadDiscoveredAsync(_stopLoading.Token).ConfigureAwait(false);
            _lifecycle.Advance(ServerPhase.Running);
            _logger.Ready();
            await _repository.FollowAsync(_stopLoading.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopLoading.IsCancellationRequested)
        {
            // Stopped before everything was loaded; what was loaded is unloaded like everything else.
        }
        catch (Exception e)
        {
            _logger.LoadingBroke(e);
            Environment.ExitCode = 1;
            _host.StopApplication();
        }
    }

    // A part of the time to drain: who calls here no more needs no refusal.
    private async Task SendAwayAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_options.DrainSeconds), _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        await Task.WhenAll(_departures.Select(d => d.SendAwayAsync(end.Token))).ConfigureAwait(false);
    }

    private async Task DrainAsync(long start, CancellationToken cancellation)
    {
        var limit = TimeSpan.FromSeconds(_options.DrainSeconds);
        var idle = _lifecycle.WaitUntilIdleAsync(cancellation);
        while (!idle.IsCompleted)
        {
            var left = limit - _time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || cancellation.IsCancellationRequested)
            {
                _logger.CutOff(UnderWay);
                _lifecycle.CutOffAfter(TimeSpan.Zero);
                return;
            }

            _logger.Draining(UnderWay, left.TotalSeconds);
            await Task.WhenAny(idle, Task.Delay(left < ProgressPeriod ? left : ProgressPeriod, _time, cancellation)).ConfigureAwait(false);
        }

        _logger.Drained();
        _lifecycle.CutOffAfter(LastWords);
    }
}
