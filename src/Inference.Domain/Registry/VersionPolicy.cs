using System.Collections.Immutable;

namespace Inference.Domain.Registry;

/// <summary>Which of the versions in storage are served: all, the highest few, or those that are named. Immutable.</summary>
public sealed class VersionPolicy : IEquatable<VersionPolicy>
{
    // Most versions where they are counted, else 0.
    private readonly int _count;

    // Ascending and each once where they are named, else empty.
    private readonly ImmutableArray<long> _versions;

    private VersionPolicy(int count, ImmutableArray<long> versions)
    {
        _count = count;
        _versions = versions;
    }

    /// <summary>Every version.</summary>
    public static VersionPolicy All { get; } = new(0, []);

    /// <summary>Every version is served.</summary>
    public bool IsAll => _count == 0 && _versions.IsEmpty;

    /// <summary>How many of the highest versions are served; null for the other policies.</summary>
    public int? LatestCount => _count > 0 ? _count : null;

    /// <summary>The versions that are served where they are in storage, ascending; empty for the other policies.</summary>
    public ImmutableArray<long> Versions => _versions;

    /// <summary>The highest <paramref name="count"/> versions, or all where there are fewer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public static VersionPolicy Latest(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new VersionPolicy(count, []);
    }

    /// <summary>These versions, as far as they are in storage. One that is not is waited for.</summary>
    /// <exception cref="ArgumentException">None is given, or one is less than 1.</exception>
    public static VersionPolicy Specific(IEnumerable<long> versions)
    {
        ImmutableArray<long> sorted = [.. versions.Distinct().Order()];
        return sorted.IsEmpty || sorted[0] < 1
            ? throw new ArgumentException("at least one version is needed, and each must be greater than 0.", nameof(versions))
            : new VersionPolicy(0, sorted);
    }

    /// <summary>Those of the versions in storage that are to be served, ascending.</summary>
    /// <param name="stored">In any order, each once.</param>
    public ImmutableArray<long> Select(IEnumerable<long> stored)
    {
        if (_count > 0)
            return [.. stored.OrderDescending().Take(_count).Reverse()];
        return [.. stored.Where(v => IsAll || _versions.BinarySearch(v) >= 0).Order()];
    }

    /// <inheritdoc/>
    public bool Equals(VersionPolicy? other) => other is not null && _count == other._count && _versions.AsSpan().SequenceEqual(other._versions.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VersionPolicy);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_count, _versions.Length, _versions.IsEmpty ? 0 : _versions[^1]);

    /// <summary>As manifests write it: <c>all</c>, <c>latest: 2</c> or <c>specific: [1, 3]</c>.</summary>
    public override string ToString() =>
        IsAll ? "all" : _count > 0 ? $"latest: {_count}" : $"specific: [{ErrorText.Join(_versions.Select(v => new PipelineKey(string.Empty, v).VersionText))}]";
}
