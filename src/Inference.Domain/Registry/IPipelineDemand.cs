namespace Inference.Domain.Registry;

/// <summary>Brings a pipeline into memory because requests want it. Thread-safe.</summary>
public interface IPipelineDemand
{
    /// <summary>Joins those who wait for a pipeline, and begins to load it where nobody did. Never blocks.</summary>
    /// <param name="entry">As it was found.</param>
    /// <param name="mayRefuse">It counts among those that may wait at once; else it waits however many do.</param>
    /// <returns>The wait, to be disposed of; null where there is nothing to wait for: look at the registry again.</returns>
    /// <exception cref="InferenceException">Overloaded: too many wait; ShuttingDown.</exception>
    IPipelineWait? Join(PipelineEntry entry, bool mayRefuse);
}

/// <summary>
/// One that waits for a pipeline to be loaded. Disposing of it, at the latest after having taken a lease, ends the wait; the load
/// goes on. Until then what was loaded is not evicted.
/// </summary>
public interface IPipelineWait : IDisposable
{
    /// <summary>Done when the load has ended, well or badly; never faulted.</summary>
    Task Ended { get; }

    /// <summary>Why it was not even tried to load it; null where it was. To be asked once the wait has ended; a new one each time.</summary>
    InferenceException? Refusal { get; }
}
