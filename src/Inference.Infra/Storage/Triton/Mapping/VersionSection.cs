using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Routing;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary><c>version_policy</c>: the latest alone where nothing is said. It is also the route of requests without a version.</summary>
internal static class VersionSection
{
    private const string Key = "version_policy";

    /// <summary>Policy and route.</summary>
    public static ModelManifest Read(ConfigContext config)
    {
        var policy = Policy(config);
        config.Note($"version_policy {policy}; a request without a version gets the highest that is ready");
        return new ModelManifest { VersionPolicy = policy, DefaultRoute = VersionRoute.Latest };
    }

    private static VersionPolicy Policy(ConfigContext config)
    {
        var section = config.Root.Section(Key);
        if (section.Has("all"))
            return VersionPolicy.All;
        if (section.Has("specific"))
            return Specific(section.Section("specific"));
        var latest = section.Section("latest");
        var count = latest.Integer("num_versions", 1, 1, int.MaxValue);
        var at = config.Root.Location;
        config.Set(Key, OptionNode.Section([new("latest", OptionNode.Section([new("num_versions", Numbers.Scalar(count, at))], at))], at));
        return VersionPolicy.Latest((int)count);
    }

    private static VersionPolicy Specific(OptionReader section)
    {
        var versions = section.Integers("versions");
        if (!versions.IsEmpty && versions.All(v => v > 0))
            return VersionPolicy.Specific(versions);
        section.Error("versions", $"is {ErrorText.Shape(versions.AsSpan())}; expected at least one version, each greater than 0.");
        return VersionPolicy.All;
    }
}
