using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Services.Pipelines;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Repository;

/// <summary>Loads one version: brings its files, checks them, opens it and makes its first runs. Thread-safe.</summary>
/// <param name="repository">Storage.</param>
/// <param name="find">Finds a model as it is in storage now, once it stays as it is; null where there is none.</param>
/// <param name="loader">Opens artefacts.</param>
/// <param name="metrics">Told of load times.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Log.</param>
internal sealed class VersionLoad(IModelRepository repository, Func<string, CancellationToken, Task<StoredModel?>> find, PipelineLoader loader, IInferenceMetrics metrics, TimeProvider time, ILogger logger)
{
    private const int MostAttempts = 3;

    /// <summary>Loads into an entry, which is WarmingUp then; on failure nothing is left behind. Blocks.</summary>
    /// <param name="entry">In state Loading.</param>
    /// <param name="stored">What to load.</param>
    /// <param name="earlier">Who counted the version's requests until now; null for a new one.</param>
    /// <param name="mayFollow">Files that are not those that were listed any more are looked for again, so that those who wait get what is there now.</param>
    /// <param name="warmingUp">Called when the first runs begin.</param>
    /// <param name="cancellation">The server stops.</param>
    public async Task<LoadOutcome> RunAsync(PipelineEntry entry, StoredVersion stored, PipelineObserver? earlier, bool mayFollow, Action warmingUp, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        Pipeline? pipeline = null;
        try
        {
            (pipeline, stored) = await OpenAsync(entry.Key, stored, mayFollow, cancellation).ConfigureAwait(false);
            var executor = pipeline.Model.Executor;
            var observer = new PipelineObserver(entry.Key, executor.Info.Device, metrics, time, earlier?.Statistics)
            {
                Description = PipelineDescription.Of(pipeline),
                AnswerBytes = earlier?.AnswerBytes ?? 0,
            };
            entry.Attachment = observer;
            entry.Loaded(pipeline);
            warmingUp();
            if (await Warmup.RunAsync(pipeline, stored.Manifest.Warmup, cancellation).ConfigureAwait(false) is { } reason)
                logger.WarmupFailed(entry.Key.Describe(), reason);
            cancellation.ThrowIfCancellationRequested();

            // From here on: first runs are no requests.
            observer.Attach(executor);
            var duration = time.GetElapsedTime(start);
            metrics.PipelineLoaded(entry.Key.Name, entry.Key.VersionText, duration, succeeded: true);
            logger.Loaded(entry.Key.Describe(), executor.Info.Device, duration.TotalMilliseconds);
            return new LoadOutcome(pipeline, string.Empty, IsGivenUp: false);
        }
        catch (Exception e)
        {
            (entry.Attachment as PipelineObserver)?.Detach();
            if (pipeline is not null)
                await pipeline.DisposeAsync().ConfigureAwait(false);
            if (cancellation.IsCancellationRequested && e is OperationCanceledException or InferenceException { Code: ErrorCode.Cancelled })
            {
                logger.LoadGivenUp(entry.Key.Describe());
                return new LoadOutcome(null, string.Empty, IsGivenUp: true);
            }

            metrics.PipelineLoaded(entry.Key.Name, entry.Key.VersionText, time.GetElapsedTime(start), succeeded: false);
            return new LoadOutcome(null, Reason(entry.Key, e), IsGivenUp: false);
        }
    }

    /// <summary>What was loaded turned out to be nothing that can be served: frees it.</summary>
    /// <returns>The failure.</returns>
    public async Task<LoadOutcome> RefuseAsync(PipelineEntry entry, Pipeline pipeline, string reason)
    {
        (entry.Attachment as PipelineObserver)?.Detach();
        await pipeline.DisposeAsync().ConfigureAwait(false);
        logger.LoadFailed(entry.Key.Describe(), reason);
        return new LoadOutcome(null, reason, IsGivenUp: false) { Code = ErrorCode.Overloaded };
    }

    // What was listed may have been replaced since: then what there is now is opened, once it stays as it is.
    private async Task<(Pipeline Pipeline, StoredVersion Stored)> OpenAsync(PipelineKey key, StoredVersion stored, bool mayFollow, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return (await OpenAsync(key, stored, cancellation).ConfigureAwait(false), stored);
            }
            catch (InferenceException e) when (e.IsOutdated && mayFollow && attempt < MostAttempts)
            {
                if (await FindAsync(key, cancellation).ConfigureAwait(false) is not { } found)
                    throw;
                logger.LoadFollows(key.Describe(), ErrorText.BoundReason(e.Message));
                stored = found;
            }
        }
    }

    private async Task<StoredVersion?> FindAsync(PipelineKey key, CancellationToken cancellation)
    {
        try
        {
            var model = await find(key.Name, cancellation).ConfigureAwait(false);
            return model?.Versions.FirstOrDefault(v => v.Version == key.Version);
        }
        catch (InferenceException)
        {
            // Away, or it goes on changing: the failure that there was tells more.
            return null;
        }
    }

    private async Task<Pipeline> OpenAsync(PipelineKey key, StoredVersion stored, CancellationToken cancellation)
    {
        if (stored.Problem.Length > 0)
            throw new InferenceException(ErrorCode.LoadFailed, stored.Problem);
        var fetched = await repository.FetchAsync(key.Name, stored, cancellation).ConfigureAwait(false);
        await using (fetched.ConfigureAwait(false))
        {
            Pipeline pipeline;
            try
            {
                pipeline = await loader.LoadAsync(key, stored with { Folder = fetched.Folder }).ConfigureAwait(false);
            }
            catch (Exception e) when (!fetched.IsUnchanged())
            {
                // What is half written tells nothing about what it will be.
                throw Outdated(key, e);
            }

            if (fetched.IsUnchanged())
                return pipeline;
            await pipeline.DisposeAsync().ConfigureAwait(false);
            throw Outdated(key, null);
        }
    }

    private static InferenceException Outdated(PipelineKey key, Exception? cause)
    {
        var text = $"{key.Describe()}: its files changed while they were read, or since they were listed, so that they may not belong together; it is loaded once they stay as they are and are listed anew.";
        return cause is null
            ? new InferenceException(ErrorCode.LoadFailed, text) { IsOutdated = true }
            : new InferenceException(ErrorCode.LoadFailed, text, cause) { IsOutdated = true };
    }

    private string Reason(PipelineKey key, Exception exception)
    {
        if (exception is ManifestException or InferenceException)
        {
            var reason = ErrorText.BoundReason(exception.Message);
            logger.LoadFailed(key.Describe(), reason);
            return reason;
        }

        logger.LoadBroke(exception, key.Describe());
        return "the server failed while it was loading; its log has the details.";
    }
}

/// <summary>How a load ended.</summary>
/// <param name="Pipeline">What was loaded; null where it failed.</param>
/// <param name="Reason">Why it failed.</param>
/// <param name="IsGivenUp">It was ended since the server stops, which says nothing about the model.</param>
internal readonly record struct LoadOutcome(Pipeline? Pipeline, string Reason, bool IsGivenUp)
{
    /// <summary>What requests get that ask for what failed.</summary>
    public ErrorCode Code { get; init; } = ErrorCode.LoadFailed;
}
