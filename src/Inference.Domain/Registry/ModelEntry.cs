using System.Collections.Frozen;
using System.Collections.Immutable;
using Inference.Domain.Routing;

namespace Inference.Domain.Registry;

/// <summary>One model of the repository with its versions and routes. Immutable; a change is a new entry.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Versions">Its versions, lowest first.</param>
/// <param name="Labels">Labels that stand for versions.</param>
/// <param name="DefaultRoute">Where a request without a version goes; null where nothing was configured.</param>
public sealed record ModelEntry(
    string Name,
    ImmutableArray<PipelineEntry> Versions,
    FrozenDictionary<string, long> Labels,
    VersionRoute? DefaultRoute)
{
    /// <summary>What is wrong with the model as a whole, such as a folder without versions; empty where nothing is.</summary>
    public string Problem { get; init; } = string.Empty;

    /// <summary>What was made of its configuration.</summary>
    public ImmutableArray<ManifestNote> Notes { get; init; } = [];

    /// <summary>The entry of that version, or null.</summary>
    public PipelineEntry? Find(long version)
    {
        foreach (var entry in Versions)
        {
            if (entry.Key.Version == version)
                return entry;
        }

        return null;
    }
}
