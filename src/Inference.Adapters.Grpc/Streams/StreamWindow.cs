using Inference.Core.Configuration;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>
/// What one stream holds at a time: requests under way and answers not yet written, by number and bytes. Whoever is alone may
/// have any size. One caller at a time waits for room, any number give it back. Thread-safe.
/// </summary>
internal sealed class StreamWindow(StreamOptions limits)
{
    private readonly Lock _gate = new();
    private int _count;
    private long _bytes;
    private (int Count, long Bytes) _wanted;
    private TaskCompletionSource? _waiter;

    /// <summary>Most places that one request may take.</summary>
    public int MostPlaces => limits.MaxInFlight;

    /// <summary>Takes room at once; false where there is none.</summary>
    public bool TryEnter(int count, long bytes)
    {
        lock (_gate)
            return Fits(count, bytes) && Take(count, bytes);
    }

    /// <summary>Takes room when there is some.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was taken.</exception>
    public async Task EnterAsync(int count, long bytes, CancellationToken cancellation)
    {
        TaskCompletionSource waiter;
        lock (_gate)
        {
            if (Fits(count, bytes) && Take(count, bytes))
                return;
            _wanted = (count, bytes);
            _waiter = waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        using (cancellation.UnsafeRegister(static (w, token) => ((TaskCompletionSource)w!).TrySetCanceled(token), waiter))
        {
            try
            {
                await waiter.Task;
            }
            catch (OperationCanceledException)
            {
                lock (_gate)
                    _waiter = null;
                throw;
            }
        }
    }

    /// <summary>Changes what is held, whether or not there is room: the bytes are there already. Less makes room for who waits.</summary>
    public void Change(int count, long bytes)
    {
        lock (_gate)
        {
            Take(count, bytes);
            if (_waiter is null || !Fits(_wanted.Count, _wanted.Bytes))
                return;
            if (_waiter.TrySetResult())
                Take(_wanted.Count, _wanted.Bytes);
            _waiter = null;
        }
    }

    private bool Fits(int count, long bytes) => _count == 0 || (_count + count <= limits.MaxInFlight && _bytes + bytes <= limits.MaxBytes);

    private bool Take(int count, long bytes)
    {
        _count += count;
        _bytes += bytes;
        return true;
    }
}
