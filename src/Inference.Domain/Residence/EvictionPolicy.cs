using System.Collections.Immutable;

namespace Inference.Domain.Residence;

/// <summary>Which pipelines make room for others: the least recently used that are idle and not pinned. Pure.</summary>
public static class EvictionPolicy
{
    /// <summary>Those that go, the least recently used first; no more than are needed.</summary>
    /// <param name="residents">All that are in memory.</param>
    /// <param name="needed">Bytes to be freed.</param>
    /// <param name="now">Time.</param>
    /// <param name="sparesReturned">Those that are kept for a while, since they came back soon after an eviction, do not go.</param>
    /// <returns>Fewer bytes than needed where no more may go.</returns>
    public static ImmutableArray<int> Choose(IReadOnlyList<ResidentPipeline> residents, long needed, long now, bool sparesReturned)
    {
        if (needed <= 0)
            return [];
        var chosen = ImmutableArray.CreateBuilder<int>();
        foreach (var resident in residents.Where(r => r.MayGo && !(sparesReturned && r.StaysUntil > now)).OrderBy(r => r.StaysUntil > now).ThenBy(r => r.LastUse))
        {
            chosen.Add(resident.Id);
            needed -= resident.Bytes;
            if (needed <= 0)
                break;
        }

        return chosen.ToImmutable();
    }
}
