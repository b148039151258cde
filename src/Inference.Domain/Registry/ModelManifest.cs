using System.Collections.Frozen;
using Inference.Domain.Routing;

namespace Inference.Domain.Registry;

/// <summary>What <c>model.yaml</c> says. Immutable.</summary>
public sealed record ModelManifest
{
    /// <summary>Which of its versions are served.</summary>
    public VersionPolicy VersionPolicy { get; init; } = VersionPolicy.All;

    /// <summary>Where a request without a version goes; null refuses it.</summary>
    public VersionRoute? DefaultRoute { get; init; }

    /// <summary>Labels that are accepted where a version is.</summary>
    public FrozenDictionary<string, long> Labels { get; init; } = FrozenDictionary<string, long>.Empty;
}
