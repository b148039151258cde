using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Inference.Domain;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage.S3.Sketches;

/// <summary>The objects of one model, by their paths in its folder. Filled by one thread, then not changed any more.</summary>
internal sealed class ModelObjects(string name)
{
    // A version has a handful; of many more there is some other thing.
    private const int MostFiles = 10_000;
    private const int MostProblems = 3;
    private const string WarmupFolder = "warmup/";
    private readonly SortedDictionary<string, StoredObject> _files = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<string>> _problems = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    /// <summary>Objects by path.</summary>
    public IReadOnlyDictionary<string, StoredObject> Files => _files;

    /// <summary>There are too many to be a model.</summary>
    public bool IsTooLarge { get; private set; }

    /// <summary>Folders in it that something is wrong with; empty for the model's own.</summary>
    public IEnumerable<string> Suspects => _problems.Keys;

    /// <summary>Adds an object whose path may be anything.</summary>
    public void Add(string[] parts, StoredObject found)
    {
        if (_files.Count >= MostFiles)
            IsTooLarge = true;
        else if (ObjectPath.IsUsable(parts))
            _files[string.Join('/', parts)] = found;
        else
            Suspect(parts, $"object {ErrorText.Quote(found.Key)} has a key that no file can have: no part of it may be empty, '.', '..', longer than 255 bytes, or have backslashes or control characters. Rename or delete it.");
    }

    /// <summary>Takes out objects that would have to be a file and a folder at once.</summary>
    public void Close()
    {
        var clashes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var path in _files.Keys)
        {
            for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash > 0; slash = path.IndexOf('/', slash + 1))
            {
                if (_files.ContainsKey(path[..slash]))
                    clashes.Add(path[..slash]);
            }
        }

        foreach (var path in clashes)
        {
            Suspect(path.Split('/'), $"object {ErrorText.Quote(_files[path].Key)} is there, and so are objects below it: it would be a file and a folder. Rename or delete one of them.");
            _files.Remove(path);
        }
    }

    /// <summary>What is wrong in a folder; empty for nothing.</summary>
    public string Problem(string folder) => _problems.TryGetValue(folder, out var all)
        ? string.Join(" ", all.Take(MostProblems)) + (all.Count > MostProblems ? $" And {all.Count - MostProblems} more." : string.Empty)
        : string.Empty;

    /// <summary>Files of a folder that count, by their paths in it.</summary>
    /// <param name="folder">Empty for all of the model.</param>
    public IEnumerable<KeyValuePair<string, StoredObject>> Below(string folder)
    {
        var prefix = folder.Length > 0 ? folder + "/" : string.Empty;
        return _files.Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal) && !f.Key[prefix.Length..].Split('/').Any(ContentStamp.IsTemporary))
            .Select(f => new KeyValuePair<string, StoredObject>(f.Key[prefix.Length..], f.Value));
    }

    /// <summary>What of a configuration in Triton's form holds for every version: all files beside it, and those for warm-up.</summary>
    public IEnumerable<KeyValuePair<string, StoredObject>> BesideVersions() =>
        Below(string.Empty).Where(f => !f.Key.Contains('/', StringComparison.Ordinal) || f.Key.StartsWith(WarmupFolder, StringComparison.Ordinal));

    /// <summary>Stands for everything: equal where nothing changed.</summary>
    public string Fingerprint() => Hash(_files, [.. _problems.Values.SelectMany(p => p)]);

    /// <summary>Stands for the content of some of them.</summary>
    public static string Hash(IEnumerable<KeyValuePair<string, StoredObject>> files, params ReadOnlySpan<string> words)
    {
        var text = new StringBuilder();
        foreach (var (path, file) in files)
            text.Append(CultureInfo.InvariantCulture, $"{path}|{file.ETag}|{file.Size}\n");
        foreach (var word in words)
            text.Append(word).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private void Suspect(string[] parts, string problem)
    {
        var folder = PipelineKey.TryParseVersion(parts[0], out _) ? parts[0] : string.Empty;
        if (!_problems.TryGetValue(folder, out var all))
            _problems[folder] = all = [];
        all.Add(problem);
    }
}
