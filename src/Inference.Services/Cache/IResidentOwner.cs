using Inference.Domain.Registry;

namespace Inference.Services.Cache;

/// <summary>Who has brought a pipeline into memory and can take it out again. Thread-safe.</summary>
internal interface IResidentOwner
{
    /// <summary>What is said to stay.</summary>
    bool IsPinned { get; }

    /// <summary>
    /// Takes a pipeline out of memory where it is idle and nothing is being done with it: requests find it dormant from then on.
    /// The cache is told when its memory is free. Not to be called under a lock.
    /// </summary>
    bool TryEvict(PipelineEntry entry);
}
