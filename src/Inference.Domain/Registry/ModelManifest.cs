using System.Collections.Frozen;
using System.Collections.Immutable;
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

    /// <summary>Its versions are loaded by their first request, and not before; null for what the server does.</summary>
    public bool? IsLazy { get; init; }

    /// <summary>Its versions stay in memory once they are loaded, whatever else wants the room.</summary>
    public bool IsPinned { get; init; }

    /// <summary>What was made of the configuration, where that needs telling.</summary>
    public ImmutableArray<ManifestNote> Notes { get; init; } = [];
}

/// <summary>What was made of a part of a model's configuration.</summary>
/// <param name="IsWarning">It does not do what its writer may expect.</param>
/// <param name="Text">What, with file and line where there is one place.</param>
public sealed record ManifestNote(bool IsWarning, string Text);
