using Inference.Domain.Registry;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary>
/// The <c>parameters</c> <c>loading</c> and <c>pinned</c>, which say what they say in <c>model.yaml</c>. Triton has no fields for it, and
/// its backend passes over parameters that it does not know.
/// </summary>
internal static class LoadingParameters
{
    public const string Loading = "loading";
    public const string Pinned = "pinned";

    /// <summary>The manifest with what the parameters say; null where it is none of them, or its value is none.</summary>
    public static ModelManifest? Apply(string name, string value, ModelManifest manifest) => (name, value) switch
    {
        (Loading, "lazy" or "eager") => manifest with { IsLazy = value == "lazy" },
        (Pinned, "true" or "false") => manifest with { IsPinned = value == "true" },
        _ => null,
    };

    /// <summary>The manifest with what all parameters say; bad values are told by <see cref="ParameterSection"/>.</summary>
    public static ModelManifest Read(ConfigContext config, ModelManifest manifest)
    {
        foreach (var (name, parameter) in config.Root.Find(ParameterSection.Key)?.Entries ?? [])
            manifest = Apply(name, ParameterSection.Value(parameter), manifest) ?? manifest;
        return manifest;
    }
}
