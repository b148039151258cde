using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary>
/// A configuration while it is read: what it says, what of it holds, and what is to be told of it. What has no effect is
/// taken out of what holds. Not thread-safe.
/// </summary>
internal sealed class ConfigContext
{
    private const int MostWarnings = 50;
    private readonly List<ManifestNote> _notes = [];
    private readonly List<string> _refusals = [];
    private int _warnings;

    /// <summary>Begins with all that was written.</summary>
    /// <param name="root">What was written.</param>
    /// <param name="folder">The model's folder.</param>
    /// <param name="repository">Root and defaults.</param>
    public ConfigContext(OptionNode root, SubFolder folder, RepositoryContext repository)
    {
        Root = new OptionReader(root);
        Effective = root;
        Folder = folder;
        Repository = repository;
    }

    /// <summary>Reads what was written.</summary>
    public OptionReader Root { get; }

    /// <summary>What of it holds.</summary>
    public OptionNode Effective { get; private set; }

    public SubFolder Folder { get; }

    public RepositoryContext Repository { get; }

    public ExecutionOptions Defaults => Repository.Defaults;

    public IReadOnlyList<ManifestNote> Notes => _notes;

    /// <summary>Tells what was understood.</summary>
    public void Note(string text) => _notes.Add(new ManifestNote(false, text));

    /// <summary>Tells of something that does not do what its writer may expect.</summary>
    public void Warn(string text)
    {
        _warnings++;
        if (_warnings <= MostWarnings)
            _notes.Add(new ManifestNote(true, text));
        else if (_warnings == MostWarnings + 1)
            _notes.Add(new ManifestNote(true, "and there is more to warn of, which is not told."));
    }

    /// <summary>Something that would change answers, or that cannot be had: the model is not served.</summary>
    public void Refuse(SourceLocation at, string why) => _refusals.Add($"{at}: {why}");

    /// <summary>Warns where the field was written, and takes it out of what holds.</summary>
    /// <param name="why">Follows the field's name: <c>has no effect here: …</c>.</param>
    /// <param name="path">Names of the fields from the root.</param>
    public void Ignore(string why, params ReadOnlySpan<string> path)
    {
        if (Find(Effective, path) is not { } node)
            return;
        Warn($"{node.Location}: {string.Join('.', path.ToArray())} {why}");
        Effective = Without(Effective, path);
    }

    /// <summary>Puts a field into what holds.</summary>
    public void Set(string field, OptionNode value) =>
        Effective = OptionNode.Section([.. Effective.Entries.Where(e => e.Key != field), new(field, value)], Effective.Location);

    /// <summary>Takes a field out of what holds.</summary>
    public void Remove(params ReadOnlySpan<string> path) => Effective = Without(Effective, path);

    /// <summary>Throws every mistake and refusal.</summary>
    /// <exception cref="ManifestException">There was at least one.</exception>
    public void Finish()
    {
        if (_refusals.Count + Root.Errors.Count > 0)
            throw new ManifestException([.. _refusals, .. Root.Errors]);
    }

    private static OptionNode? Find(OptionNode node, ReadOnlySpan<string> path)
    {
        foreach (var key in path)
        {
            if (node.Entries.FirstOrDefault(e => e.Key == key).Value is not { } next)
                return null;
            node = next;
        }

        return node;
    }

    private static OptionNode Without(OptionNode node, ReadOnlySpan<string> path)
    {
        var entries = new List<KeyValuePair<string, OptionNode>>();
        foreach (var entry in node.Entries)
        {
            if (entry.Key != path[0])
                entries.Add(entry);
            else if (path.Length > 1)
                entries.Add(new(entry.Key, Without(entry.Value, path[1..])));
        }

        return OptionNode.Section(entries, node.Location);
    }
}
