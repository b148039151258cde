using Inference.Domain.Registry;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>
/// Requests of one stream whose pipeline was never in memory, so that it is not known yet how they are answered, and those to the
/// same pipeline behind them. They go on in their order when it has been loaded; requests to others are read and answered
/// meanwhile. Each has its place in the stream's window already. Thread-safe.
/// </summary>
/// <param name="release">Lets a request go on; must not throw. One of a pipeline at a time.</param>
internal sealed class HeldRequests(Action<HeldRequest> release)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PipelineKey, Queue<HeldRequest>> _byPipeline = [];
    private int _count;

    /// <summary>Nothing is held.</summary>
    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Holds a request.</summary>
    /// <param name="key">Its pipeline.</param>
    /// <param name="isComing">It waits for it to be loaded; else only for those before it, if there are any.</param>
    /// <param name="request">The request.</param>
    /// <returns>False where there is nothing to wait for.</returns>
    public bool TryAdd(PipelineKey key, bool isComing, in HeldRequest request)
    {
        Queue<HeldRequest>? held;
        lock (_gate)
        {
            if (_byPipeline.TryGetValue(key, out held))
            {
                held.Enqueue(request);
                return true;
            }

            if (!isComing)
                return false;
            _byPipeline.Add(key, held = []);
            _count++;
        }

        _ = ReleaseAsync(key, held, request);
        return true;
    }

    private async Task ReleaseAsync(PipelineKey key, Queue<HeldRequest> held, HeldRequest next)
    {
        // Not on the thread of the reader, and not on that of the load.
        await next.Loaded.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        do
        {
            await next.Loaded;
            release(next);
        }
        while (TryTake(key, held, out next));
    }

    private bool TryTake(PipelineKey key, Queue<HeldRequest> held, out HeldRequest next)
    {
        lock (_gate)
        {
            if (held.TryDequeue(out next))
                return true;
            _byPipeline.Remove(key);
            _count--;
            return false;
        }
    }
}

/// <summary>A request that is held.</summary>
/// <param name="Streamed">As the stream has it.</param>
/// <param name="Request">As the service gets it.</param>
/// <param name="Loaded">Done when its pipeline is in memory, or when it need not wait for that any more; never fails.</param>
internal readonly record struct HeldRequest(StreamRequest Streamed, InferenceRequest Request, Task Loaded);
