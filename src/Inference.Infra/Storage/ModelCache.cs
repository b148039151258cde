using System.Collections.Concurrent;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage;

/// <summary>
/// Remembers what was read of each model's folder, so that a look at thousands of models parses only what changed since the last
/// one. Folders with links are read every time, since what a link leads to may change where nobody looks. Thread-safe.
/// </summary>
internal sealed class ModelCache
{
    private readonly ConcurrentDictionary<string, (string Stamp, StoredModel Model)> _models = new(StringComparer.Ordinal);

    /// <summary>The model, read again only where something in its folder is not as it was.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="read">Reads it.</param>
    public StoredModel Get(SubFolder folder, Func<StoredModel> read)
    {
        // Before reading, so that what changes meanwhile is seen the next time.
        var stamp = new ContentStamp(takesEverything: true);
        if (folder.Problem.Length == 0)
            stamp.AddFolder(folder.Path);
        if (folder.Problem.Length > 0 || !stamp.IsWhole)
            return read();
        var now = stamp.ToString();
        if (_models.TryGetValue(folder.Name, out var known) && known.Stamp == now)
            return known.Model;
        var model = read();
        _models[folder.Name] = (now, model);
        return model;
    }

    /// <summary>Forgets the models that have gone.</summary>
    /// <param name="folders">Those that are there.</param>
    public void Keep(IReadOnlyCollection<SubFolder> folders)
    {
        if (_models.Count <= folders.Count)
            return;
        var names = folders.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _models.Keys.Where(n => !names.Contains(n)))
            _models.TryRemove(name, out _);
    }
}
