using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage.Manifests;

/// <summary>Reads <c>version_policy</c> of <c>model.yaml</c>: <c>all</c>, <c>{ latest: 2 }</c> or <c>{ specific: [1, 3] }</c>.</summary>
internal static class VersionPolicyReader
{
    private const string Key = "version_policy";
    private const string Expected = "expected all, { latest: 2 } or { specific: [1, 3] }";

    /// <summary>The policy; all versions where nothing is said. Mistakes are added to <paramref name="root"/>.</summary>
    public static VersionPolicy Read(OptionReader root)
    {
        if (root.Find(Key) is not { } node)
            return VersionPolicy.All;
        if (node.Kind == OptionKind.Section)
            return ReadSection(root, root.Section(Key));
        if (node is not { Kind: OptionKind.Scalar, Text: "all" })
            root.Error(Key, node.Kind == OptionKind.Scalar ? $"is {ErrorText.Quote(node.Text)}; {Expected}." : $"is a list; {Expected}.");
        return VersionPolicy.All;
    }

    private static VersionPolicy ReadSection(OptionReader root, OptionReader section)
    {
        var (latest, specific) = (section.Find("latest"), section.Find("specific"));
        if (latest is not null && specific is not null)
            root.Error(Key, $"has both latest and specific; {Expected}.");
        else if (latest is not null)
            return VersionPolicy.Latest((int)section.Integer("latest", 1, 1, int.MaxValue));
        else if (specific is not null)
            return Specific(section, specific);
        else
            root.Error(Key, $"says neither latest nor specific; {Expected}.");
        return VersionPolicy.All;
    }

    private static VersionPolicy Specific(OptionReader section, OptionNode node)
    {
        var versions = new List<long>();
        if (node.Kind != OptionKind.List || node.Items.Count == 0)
            section.Error("specific", "must be a list of versions, such as [1, 3].");
        foreach (var item in node.Items)
        {
            if (item.Kind == OptionKind.Scalar && PipelineKey.TryParseVersion(item.Text, out var version))
                versions.Add(version);
            else
                section.Error("specific", $"has {ErrorText.Quote(item.Text)}; expected whole numbers greater than 0, such as [1, 3].");
        }

        return versions.Count == 0 ? VersionPolicy.All : VersionPolicy.Specific(versions);
    }
}
