using Inference.Domain.Registry;

namespace Inference.Services.Tests.Life;

/// <summary>What should be, by the events: what storage had at the last look, and how the last load of each version ended.</summary>
internal sealed class LifeWishes
{
    private readonly SortedDictionary<string, LifeWish> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Content, bool IsGood)> _ends = new(StringComparer.Ordinal);

    public IReadOnlyCollection<LifeWish> Models => _models.Values;

    public LifeWish Of(string model) => _models.GetValueOrDefault(model) ?? new LifeWish(model, null, IsWanted: false);

    /// <summary>Storage is followed.</summary>
    public void Followed(IReadOnlyList<StoredModel> stored) => Take(stored, (_, _) => true, _ => true);

    /// <summary>Storage is only listed; what was loaded by call stays as it is.</summary>
    public void Listed(IReadOnlyList<StoredModel> stored) => Take(stored, (_, _) => false, wish => !wish.IsWanted);

    public void Called(string model, StoredModel? stored, bool isLoad)
    {
        // Neither of what is not there, nor of what has nothing to load.
        var isNothing = stored is null || stored.Manifest.VersionPolicy.Select(stored.Versions.Select(v => v.Version)).IsEmpty;
        if (isLoad ? isNothing : stored is null && !_models.ContainsKey(model))
            return;
        _models[model] = new LifeWish(model, stored, isLoad);
    }

    public void Ended(LifeLoad load, bool isGood) => _ends[load.Label] = (load.Content, isGood);

    public bool IsPinned(string label) => _models.Values.Any(m => m.IsPinned && label.StartsWith($"model '{m.Model}' ", StringComparison.Ordinal));

    /// <summary>How the last load of a version's content ended; null where it was not loaded since it has that content.</summary>
    public bool? LastEnd(PipelineKey key, StoredVersion version)
    {
        if (version.Problem.Length > 0)
            return false;
        return _ends.TryGetValue(key.Describe(), out var end) && end.Content == version.Manifest.ModelFile ? end.IsGood : null;
    }

    private void Take(IReadOnlyList<StoredModel> stored, Func<string, StoredModel?, bool> isWanted, Func<LifeWish, bool> mayChange)
    {
        foreach (var name in stored.Select(m => m.Name).Concat(_models.Keys).Distinct().ToList())
        {
            var model = stored.FirstOrDefault(m => m.Name == name);
            if (mayChange(Of(name)))
                _models[name] = new LifeWish(name, model, model is not null && isWanted(name, model));
        }
    }
}

/// <summary>What one model should be.</summary>
internal sealed record LifeWish(string Model, StoredModel? Stored, bool IsWanted)
{
    /// <summary>It is to be served.</summary>
    public bool Exists => IsWanted && Stored is { Versions.Count: > 0 };

    public bool IsPinned => Stored?.Manifest.IsPinned == true;

    /// <summary>The versions to serve.</summary>
    public IReadOnlyList<StoredVersion> Versions => Exists ? [.. Stored!.Versions.Where(v => Stored.Manifest.VersionPolicy.Select(Stored.Versions.Select(s => s.Version)).Contains(v.Version))] : [];

    public StoredVersion? Find(long version) => Versions.FirstOrDefault(v => v.Version == version);
}
