using System.Collections.Immutable;
using Inference.Domain.Registry;

namespace Inference.Services.Repository;

/// <summary>What one model should be. Immutable.</summary>
/// <param name="Stored">What storage has; null where the model is not in it.</param>
/// <param name="IsWanted">It is to be served; else it is only listed.</param>
/// <param name="Revision">Higher than before, to load again what has not changed; <see cref="SameRevision"/> for the one before.</param>
internal readonly record struct ModelWish(StoredModel? Stored, bool IsWanted, long Revision)
{
    /// <summary>The wish comes from storage and not from a call.</summary>
    public const long SameRevision = 0;

    /// <summary>The versions to serve as the plan sees them.</summary>
    /// <param name="held">Versions that routes still lead to.</param>
    /// <param name="isLazy">They wait for their first request.</param>
    public ModelTarget Target(ImmutableArray<long> held, bool isLazy = false)
    {
        if (Stored is null)
            return ModelTarget.Gone;
        var stored = Stored.Versions.Select(v => v.Version);
        if (!IsWanted)
            return ModelTarget.Gone with { Listed = [.. stored] };
        var selected = Stored.Manifest.VersionPolicy.Select(stored);
        var versions = ImmutableArray.CreateBuilder<VersionTarget>(selected.Length);
        foreach (var version in Stored.Versions)
        {
            if (selected.Contains(version.Version))
                versions.Add(new VersionTarget(version.Version, StampOf(version)) { IsLazy = isLazy });
        }

        return new ModelTarget(Stored.Versions.Count > 0, versions.ToImmutable(), held, selected);
    }

    /// <summary>Whether a version is to be served.</summary>
    public bool Wants(long version) => Target([]).Versions.Any(v => v.Version == version);

    /// <summary>Whether another wish comes to the same, so that there is nothing to plan.</summary>
    public bool IsSameAs(ModelWish other)
    {
        if (IsWanted != other.IsWanted || Revision != other.Revision || Stored is not { Stamp.Length: > 0 } || other.Stored is null)
            return false;
        return Stored.Stamp == other.Stored.Stamp && Stored.Problem == other.Stored.Problem && Stored.IsUnreadable == other.Stored.IsUnreadable
            && Stored.Versions.Select(v => (v.Version, v.Stamp)).SequenceEqual(other.Stored.Versions.Select(v => (v.Version, v.Stamp)));
    }

    /// <summary>Stands for the content that a version should have.</summary>
    public string StampOf(StoredVersion version) => $"{version.Stamp}#{Revision}";
}
