using Inference.Core.Configuration;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Registry;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Repository;

/// <summary>
/// Looks at the repository: at the start, then in its period and after file events. Hands on what has settled. One look at a time.
/// </summary>
internal sealed class RepositoryFollower(IModelRepository repository, RepositoryOptions options, IInferenceMetrics metrics, TimeProvider time, ILogger logger, Action<IReadOnlyList<StoredModel>> settled) : IDisposable
{
    // A folder that changes all the time is not looked at all the time.
    private static readonly TimeSpan LeastBetweenLooks = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LeastDelay = TimeSpan.FromMilliseconds(1);
    private const int StartDivisor = 10;
    private readonly SnapshotSettling _settling = new();
    private readonly TimeSpan _settle = TimeSpan.FromMilliseconds(options.SettleMilliseconds);
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private readonly long _origin = time.GetTimestamp();
    private TimeSpan? _refreshed;
    private bool _isFailing;

    /// <summary>How long something must stay as it is where somebody says that it is complete.</summary>
    public TimeSpan ShortSettle => _settle / StartDivisor;

    private TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>The first look. What changed lately is looked at twice.</summary>
    /// <exception cref="InferenceException">LoadFailed where storage as a whole cannot be read.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var models = await LookAsync(cancellation).ConfigureAwait(false);
        var first = _settling.Look(models, Now, _settle, IsOld);
        if (_settling.HasPending)
        {
            await SettleAsync(cancellation).ConfigureAwait(false);
            models = await LookAsync(cancellation).ConfigureAwait(false);
            first = _settling.Look(models, Now, ShortSettle / 2);
        }

        settled(first);
    }

    /// <summary>Follows the repository until cancelled; in mode none only until what was there at the start has settled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var watch = options.Mode == "poll" ? repository.Watch(Signal) : null;
        if (watch is not null)
            logger.Watching(repository.Location, options.PollSeconds);
        else if (options.Mode == "poll")
            logger.Polling(repository.Location, options.PollSeconds);
        while (options.Mode == "poll" || _settling.HasPending)
        {
            await WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                var models = await LookAsync(cancellation).ConfigureAwait(false);
                settled(_settling.Look(models, Now, _settle));
                Told(null);
            }
            catch (InferenceException e)
            {
                Told(e.Message);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LookBroke(e);
            }
        }
    }

    /// <summary>Looks now, unless somebody did a moment ago.</summary>
    /// <exception cref="InferenceException">LoadFailed where storage as a whole cannot be read.</exception>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        await _refreshing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_refreshed is { } last && Now - last < LeastBetweenLooks)
                return;
            settled(await LookAsync(cancellation).ConfigureAwait(false));
            _refreshed = Now;
            Told(null);
        }
        catch (InferenceException e)
        {
            // What is known is told all the same.
            Told(e.Message);
        }
        finally
        {
            _refreshing.Release();
        }
    }

    /// <summary>One model, seen twice as the same where it changed lately; null where there is none.</summary>
    /// <exception cref="InferenceException">NotReady where it goes on changing; LoadFailed where storage cannot be read.</exception>
    public async Task<StoredModel?> FindAsync(string name, CancellationToken cancellation)
    {
        const int most = 10;
        StoredModel? before = null;
        for (var look = 0; look <= most; look++)
        {
            var model = await repository.FindAsync(name, cancellation).ConfigureAwait(false);
            if (model is null || model.Versions.All(IsOld) || (before is not null && Stamps(model) == Stamps(before)))
                return model;
            before = model;
            await SettleAsync(cancellation).ConfigureAwait(false);
        }

        throw new InferenceException(ErrorCode.NotReady, $"model {ErrorText.Quote(name)} is still being written; load it again when its files stay as they are.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _signal.Dispose();
        _refreshing.Dispose();
    }

    private static string Stamps(StoredModel model) => $"{model.Stamp}|{string.Join('|', model.Versions.Select(v => $"{v.Version}:{v.Stamp}"))}";

    private void Signal()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // There is a look to come already.
        }
    }

    private bool IsOld(StoredVersion version)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return version.ChangedUtc <= now && now - version.ChangedUtc >= _settle;
    }

    // A timer may fire before its time, by the coarseness of its clock: what was there at the start would be taken for half-copied.
    private async Task SettleAsync(CancellationToken cancellation)
    {
        var start = Now;
        var left = ShortSettle;
        do
        {
            await Task.Delay(left < LeastDelay ? LeastDelay : left, time, cancellation).ConfigureAwait(false);
            left = ShortSettle - (Now - start);
        }
        while (left > TimeSpan.Zero);
    }

    private async Task WaitAsync(CancellationToken cancellation)
    {
        var wait = TimeSpan.FromSeconds(options.PollSeconds);
        if (_settling.HasPending && _settle < wait)
            wait = _settle > LeastBetweenLooks ? _settle : LeastBetweenLooks;
        await Task.Delay(LeastBetweenLooks, time, cancellation).ConfigureAwait(false);
        using var due = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, cancellation);
        try
        {
            await _signal.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The period is over.
        }
    }

    private async Task<IReadOnlyList<StoredModel>> LookAsync(CancellationToken cancellation)
    {
        try
        {
            var models = await repository.ListAsync(cancellation).ConfigureAwait(false);
            metrics.RepositoryLooked(succeeded: true);
            return models;
        }
        catch (InferenceException)
        {
            metrics.RepositoryLooked(succeeded: false);
            throw;
        }
    }

    private void Told(string? failure)
    {
        if (failure is not null && !_isFailing)
            logger.LookFailed(failure);
        else if (failure is null && _isFailing)
            logger.LookRecovered();
        _isFailing = failure is not null;
    }
}
