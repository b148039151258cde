using Inference.Domain.Registry;

namespace Inference.Services.Repository;

/// <summary>Private files that loads by call brought, for as long as what they belong to may be loaded again. Thread-safe.</summary>
internal sealed class KeptOverrides : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(string Name, long Revision, OverriddenModel Model)> _kept = [];

    /// <summary>Keeps the files of a model until they are superseded or dropped.</summary>
    public void Keep(string name, long revision, OverriddenModel model)
    {
        lock (_lock)
            _kept.Add((name, revision, model));
    }

    /// <summary>A later load or unload took the place of all before it.</summary>
    public void Supersede(string name, long revision) => Remove(k => k.Name == name && k.Revision < revision);

    /// <summary>Nothing of that load serves.</summary>
    public void Drop(string name, long revision) => Remove(k => k.Name == name && k.Revision == revision);

    /// <inheritdoc/>
    public void Dispose() => Remove(_ => true);

    private void Remove(Predicate<(string Name, long Revision, OverriddenModel Model)> isOver)
    {
        List<(string Name, long Revision, OverriddenModel Model)> over;
        lock (_lock)
        {
            over = _kept.FindAll(isOver);
            _kept.RemoveAll(isOver);
        }

        foreach (var (_, _, model) in over)
            model.Dispose();
    }
}
