namespace Inference.Domain.Execution;

/// <summary>
/// The lanes of one model on one device. It knows nothing of requests: when a lane and a thread of the device are free, it
/// asks its source what to run. Models that share a device get its threads by weight. Thread-safe.
/// </summary>
public interface ILanePool : IAsyncDisposable
{
    /// <summary>What it runs on; fixed for the pool's life.</summary>
    ExecutorInfo Info { get; }

    /// <summary>Memory that the model takes now, in bytes, as far as the runtime can tell; 0 where it cannot. Grows with what runs need.</summary>
    long MemoryBytes => 0;

    /// <summary>Says where runs come from; once, before any other call.</summary>
    void Attach(IRunSource source);

    /// <summary>Says that the source has something to run, or may have. Never runs it on the calling thread.</summary>
    /// <returns>False where the device has stopped, so that nothing will be asked for any more.</returns>
    bool Signal();

    /// <summary>
    /// Takes a lane for a run of microseconds on the calling thread. Such runs may take lanes beyond the pool's own, within
    /// bounds: to wait for one would take longer than to run.
    /// </summary>
    /// <returns>False where none is free, or the device gains nothing from the caller's thread.</returns>
    bool TryRent(out ILane lane);

    /// <summary>Gives back a lane that was taken by <see cref="TryRent"/>.</summary>
    void Return(ILane lane);
}

/// <summary>Has the runs of one model. Called by threads of the device, several at a time.</summary>
public interface IRunSource
{
    /// <summary>What to run now; null for nothing, until the pool is signalled again. Must not throw and must not block.</summary>
    /// <param name="more">There is more to run at once, so that another lane is worth waking a thread for.</param>
    IRun? Next(out bool more);
}

/// <summary>One run of a model.</summary>
public interface IRun
{
    /// <summary>Runs on the calling thread. Must not throw.</summary>
    void Execute(ILane lane);

    /// <summary>Hands out the results; called once after <see cref="Execute"/>, when the lane is free for others. Must not throw.</summary>
    void Complete();
}
