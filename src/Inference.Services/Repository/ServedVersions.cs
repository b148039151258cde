using System.Collections.Immutable;
using Inference.Domain;
using Inference.Domain.Registry;

namespace Inference.Services.Repository;

/// <summary>Applies a model's version policy to what storage has.</summary>
internal static class ServedVersions
{
    /// <summary>The model with those versions alone that are to be served; its notes tell what that leaves out.</summary>
    public static StoredModel Of(StoredModel stored)
    {
        var policy = stored.Manifest.VersionPolicy;
        var served = policy.Select(stored.Versions.Select(v => v.Version));
        var notes = stored.Manifest.Notes;
        var left = stored.Versions.Select(v => v.Version).Except(served).ToList();
        if (left.Count > 0)
            notes = notes.Add(new ManifestNote(false, $"not served, since version_policy is {policy}: {Versions(left)}"));
        var missing = policy.Versions.Except(served).ToList();
        if (missing.Count > 0)
            notes = notes.Add(new ManifestNote(true, $"version_policy names {Versions(missing)}, which the model's folder does not have"));
        return stored with
        {
            Manifest = stored.Manifest with { Notes = notes },
            Versions = [.. stored.Versions.Where(v => served.BinarySearch(v.Version) >= 0)],
            Problem = served.IsEmpty && left.Count > 0 ? $"{stored.Problem} {Nothing(policy, left)}".TrimStart() : stored.Problem,
        };
    }

    private static string Nothing(VersionPolicy policy, List<long> stored) =>
        $"version_policy is {policy}, and the model's folder has {Versions(stored)} alone; add a version that the policy names, or change the policy.";

    private static string Versions(List<long> versions) =>
        $"{(versions.Count == 1 ? "version" : "versions")} {ErrorText.Join(versions.Select(v => new PipelineKey(string.Empty, v).VersionText))}";
}
