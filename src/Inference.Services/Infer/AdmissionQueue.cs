namespace Inference.Services.Infer;

/// <summary>Requests that wait to be taken on, first come, first served. Thread-safe.</summary>
internal sealed class AdmissionQueue
{
    private readonly Queue<TaskCompletionSource> _places = [];
    private int _count;

    /// <summary>Somebody waits, or did just now.</summary>
    public bool HasWaiting => Volatile.Read(ref _count) > 0;

    /// <summary>A place at the end. It is done when it is served; who gives up sets it to cancelled.</summary>
    public TaskCompletionSource Join()
    {
        var place = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_places)
        {
            _places.Enqueue(place);
            Interlocked.Increment(ref _count);
        }

        return place;
    }

    /// <summary>Serves the first that has not given up; false where there is none.</summary>
    public bool TryServe()
    {
        lock (_places)
        {
            while (_places.TryDequeue(out var place))
            {
                Interlocked.Decrement(ref _count);
                if (place.TrySetResult())
                    return true;
            }
        }

        return false;
    }
}
