using Inference.Domain.Registry;
using Inference.Domain.Residence;

namespace Inference.Services.Cache;

/// <summary>A pipeline in memory. Guarded by the cache's lock.</summary>
/// <param name="entry">The pipeline.</param>
/// <param name="owner">Can take it out again.</param>
internal sealed class Resident(PipelineEntry entry, IResidentOwner owner)
{
    public PipelineEntry Entry => entry;

    public IResidentOwner Owner => owner;

    /// <summary>Bytes when it was last looked at.</summary>
    public long Bytes { get; set; }

    /// <summary>How often in a row it came back soon after its eviction.</summary>
    public int Returns { get; init; }

    /// <summary>Until when it is spared for that.</summary>
    public long StaysUntil { get; init; }

    /// <summary>It is on its way out.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Whether it may go now. One that serves its earlier content, since the newer is broken, could not come back.</summary>
    public bool MayGo => !IsLeaving && entry is { State: PipelineState.Ready, IsUnused: true, Remark.Length: 0 } && !owner.IsPinned;

    /// <summary>As the policy sees it.</summary>
    public ResidentPipeline Describe(int id) => new(id, Bytes, entry.LastUse, StaysUntil, MayGo);
}
