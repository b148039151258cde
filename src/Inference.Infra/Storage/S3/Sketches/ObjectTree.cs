namespace Inference.Infra.Storage.S3.Sketches;

/// <summary>Puts the objects of a listing to the models whose files they are.</summary>
internal sealed class ObjectTree
{
    private readonly SortedDictionary<string, ModelObjects> _models = new(StringComparer.Ordinal);
    private readonly List<string> _strays = [];

    private ObjectTree()
    {
    }

    /// <summary>The models, by name.</summary>
    public IReadOnlyCollection<ModelObjects> Models => _models.Values;

    /// <summary>Keys that belong to no model and could be no file.</summary>
    public IReadOnlyList<string> Strays => _strays;

    /// <summary>Sorts a listing.</summary>
    /// <param name="objects">All below the prefix.</param>
    /// <param name="prefix">Of the repository.</param>
    /// <param name="only">The one model that all belong to; null where the first part of a path is the model's name.</param>
    public static ObjectTree Read(IEnumerable<StoredObject> objects, string prefix, string? only)
    {
        var tree = new ObjectTree();
        if (only is not null)
            tree._models.Add(only, new ModelObjects(only));
        foreach (var found in objects)
        {
            // A key that ends so is what consoles make of a folder, of which stores have none.
            if (found.Key.StartsWith(prefix, StringComparison.Ordinal) && !found.Key.EndsWith('/'))
                tree.Add(found, found.Key[prefix.Length..].Split('/'), only);
        }

        foreach (var model in tree._models.Values)
            model.Close();
        return tree;
    }

    private void Add(StoredObject found, string[] parts, string? only)
    {
        if (only is not null)
            _models[only].Add(parts, found);
        else if (parts[0] is "" or "." or ".." || parts[0].Contains('\\', StringComparison.Ordinal))
            _strays.Add(found.Key);
        else if (parts.Length > 1 && parts[0][0] != '.')
            Model(parts[0]).Add(parts[1..], found);
    }

    private ModelObjects Model(string name)
    {
        if (!_models.TryGetValue(name, out var model))
            _models[name] = model = new ModelObjects(name);
        return model;
    }
}
