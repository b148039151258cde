using System.Collections.Concurrent;
using System.Globalization;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage.S3;

/// <summary>
/// Content that could not be downloaded counts as other content at the next look, so that it is tried again although nothing of it
/// changed. Thread-safe.
/// </summary>
internal sealed class RetryStamps
{
    private readonly ConcurrentDictionary<(string Model, long Version, string Stamp), int> _failures = new();

    /// <summary>A download of that content failed.</summary>
    public void Failed(string model, long version, string stamp) => _failures.AddOrUpdate((model, version, stamp), 1, (_, n) => n + 1);

    /// <summary>The models with stamps that count the failures of their content.</summary>
    public IReadOnlyList<StoredModel> Mark(IReadOnlyList<StoredModel> models) => _failures.IsEmpty ? models : [.. models.Select(Mark)];

    /// <summary>The model with stamps that count the failures of its content.</summary>
    public StoredModel Mark(StoredModel model) => _failures.IsEmpty
        ? model
        : model with { Versions = [.. model.Versions.Select(v => Count(model.Name, v) is > 0 and var n ? v with { Stamp = string.Create(CultureInfo.InvariantCulture, $"{v.Stamp}#{n}") } : v)] };

    /// <summary>Forgets content that is not in the store any more.</summary>
    public void Keep(IReadOnlyList<StoredModel> unmarked)
    {
        if (_failures.IsEmpty)
            return;
        var there = unmarked.SelectMany(m => m.Versions.Select(v => (m.Name, v.Version, v.Stamp))).ToHashSet();
        foreach (var gone in _failures.Keys.Where(k => !there.Contains(k)))
            _failures.TryRemove(gone, out _);
    }

    private int Count(string model, StoredVersion version) => _failures.GetValueOrDefault((model, version.Version, version.Stamp));
}
