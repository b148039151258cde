using System.Collections.Frozen;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Routing;

namespace Inference.Infra.Storage.Manifests;

/// <summary>Reads <c>model.yaml</c>.</summary>
internal static class ModelManifestReader
{
    /// <summary>The manifest, or every mistake in it.</summary>
    /// <exception cref="ManifestException">Every mistake, with file and line.</exception>
    public static ModelManifest Read(OptionNode root)
    {
        var reader = new OptionReader(root);
        var manifest = new ModelManifest
        {
            VersionPolicy = VersionPolicyReader.Read(reader),
            DefaultRoute = DefaultRoute(reader.Section("routing")),
            Labels = Labels(reader),
            IsLazy = reader.Has("loading") ? reader.Choice("loading", fallback: false, ("eager", false), ("lazy", true)) : null,
            IsPinned = reader.Flag("pinned", fallback: false),
        };
        reader.Finish();
        return manifest;
    }

    /// <summary>Labels and routes that lead to no version that is served; empty where all lead to one.</summary>
    /// <remarks>No mistake of the file itself: a version may be added or taken away later, and the others serve meanwhile.</remarks>
    public static IEnumerable<string> DeadRoutes(ModelManifest manifest, IReadOnlyCollection<long> versions)
    {
        var there = manifest.VersionPolicy.IsAll ? "in the folder" : $"served (version_policy {manifest.VersionPolicy})";
        var available = $"available versions: {ErrorText.Join(versions.Select(v => new PipelineKey(string.Empty, v).VersionText))}.";
        foreach (var (label, version) in manifest.Labels.Where(l => !versions.Contains(l.Value)).OrderBy(l => l.Key, StringComparer.Ordinal))
            yield return $"label '{label}' stands for version {version}, which is not {there}; {available}";
        if (manifest.DefaultRoute is { Version: { } number } && !versions.Contains(number))
            yield return $"the default route leads to version {number}, which is not {there}; {available}";
        if (manifest.DefaultRoute is { Label: { } name } && !manifest.Labels.ContainsKey(name))
            yield return $"the default route leads to label '{name}', which is not set; labels: {ErrorText.List(manifest.Labels.Keys.Order(StringComparer.Ordinal))}.";
    }

    private static VersionRoute? DefaultRoute(OptionReader section)
    {
        var text = section.Text("default", string.Empty);
        if (section.Find("default") is not { Kind: OptionKind.Scalar })
            return null;
        var route = VersionRoute.TryParse(text);
        if (route is null)
            section.Error("default", $"is {ErrorText.Quote(text)}; expected latest, a version such as 2, or a label.");
        return route;
    }

    private static FrozenDictionary<string, long> Labels(OptionReader root)
    {
        var labels = new Dictionary<string, long>(StringComparer.Ordinal);
        if (root.Find("labels") is not { } node)
            return FrozenDictionary<string, long>.Empty;
        if (node.Kind != OptionKind.Section)
            root.Error("labels", "must have labels with versions, such as stable: 1.");
        foreach (var (label, version) in node.Entries)
        {
            if (!VersionRoute.IsLabel(label))
                root.Error("labels", $"has {ErrorText.Quote(label)} (line {version.Location.Line}), which cannot be a label; expected a letter, then letters, digits, '-', '_' or '.', at most {VersionRoute.MaxLabelLength} in all, and not 'latest'.");
            else if (version.Kind != OptionKind.Scalar || !PipelineKey.TryParseVersion(version.Text, out var number))
                root.Error("labels", $"gives label '{label}' (line {version.Location.Line}) the version {ErrorText.Quote(version.Text)}; expected a whole number greater than 0, such as 2.");
            else
                labels.Add(label, number);
        }

        return labels.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
