using Inference.Adapters.Grpc.Streams;
using Inference.Core.Telemetry;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Limits;

/// <summary>
/// The bytes that all inference requests together may hold, from their first byte to the end of the call. Thread-safe; takes
/// a lock only where streams wait.
/// </summary>
internal sealed class RequestBudget(GrpcAdapterOptions options, IInferenceMetrics metrics)
{
    private static readonly TimeSpan RetryHint = TimeSpan.FromMilliseconds(100);
    private readonly BudgetQueue _queue = new(options.MaxRequestBytes);
    private long _taken;
    private long _lastAge;

    /// <summary>Bytes that are taken now.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Takes bytes for a request that holds <paramref name="held"/> already. One that is alone may have any number.</summary>
    /// <exception cref="InferenceException">Overloaded; nothing is taken then.</exception>
    public void Take(long bytes, long held)
    {
        if (TryTake(bytes, held, out var taken))
            return;
        metrics.RequestRefused(ServerRefusals.RequestBytes);
        throw new InferenceException(
            ErrorCode.Overloaded,
            $"the requests under way hold {taken - bytes} bytes and this one needs {bytes} more; the server takes {options.MaxRequestBytes} in all (Admission:MaxRequestBytes). Try again later.")
        {
            RetryAfter = RetryHint,
        };
    }

    /// <summary>The same; false, and nothing taken, where there are none or streams wait for some.</summary>
    public bool TryTake(long bytes, long held) => !_queue.HasWaiting && TryTake(bytes, held, out _);

    /// <summary>A number larger than any before: who has a smaller one waits shorter.</summary>
    public long NextAge() => Interlocked.Increment(ref _lastAge);

    /// <summary>Takes bytes for a stream, which waits for them. See <see cref="BudgetQueue"/>.</summary>
    /// <param name="bytes">Bytes.</param>
    /// <param name="held">What its message holds already.</param>
    /// <param name="age">From <see cref="NextAge"/>, the same for all of one message.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was taken.</exception>
    public async ValueTask TakeAsync(long bytes, long held, long age, CancellationToken cancellation)
    {
        var waiter = _queue.Join(age, bytes, held);

        // Whoever gave bytes back before it joined did not see it.
        _queue.Serve(ref _taken);
        try
        {
            await waiter.Done.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (!_queue.TryLeave(waiter))
                Give(bytes);
            else
                _queue.Serve(ref _taken);
            throw;
        }
    }

    /// <summary>Gives bytes back; a negative number takes them without asking.</summary>
    public void Give(long bytes)
    {
        Interlocked.Add(ref _taken, -bytes);
        if (_queue.HasWaiting)
            _queue.Serve(ref _taken);
    }

    private bool TryTake(long bytes, long held, out long taken)
    {
        taken = Interlocked.Add(ref _taken, bytes);
        if (taken <= options.MaxRequestBytes || taken == bytes + held)
            return true;
        Give(bytes);
        return false;
    }
}
