using Inference.Domain.Registry;

namespace Inference.Domain.Routing;

/// <summary>Decides which version of a model answers a request. Pure; reads the model's snapshot once.</summary>
public static class VersionRouter
{
    /// <summary>The entry that answers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="version">What the request says: a version, a label, or nothing.</param>
    /// <param name="serverDefault">Where requests without a version go for models that do not say so themselves; null refuses them.</param>
    /// <exception cref="InferenceException">VersionRequired, VersionNotFound, with the versions and labels that there are.</exception>
    public static PipelineEntry Resolve(ModelEntry model, string version, VersionRoute? serverDefault)
    {
        if (version.Length > 0)
            return Named(model, version);
        var route = model.DefaultRoute ?? serverDefault;
        if (model.Versions.IsEmpty)
            throw new InferenceException(ErrorCode.VersionNotFound, $"model {ErrorText.Quote(model.Name)} has no version to serve. {model.Problem}".TrimEnd());
        if (route is null)
        {
            throw new InferenceException(
                ErrorCode.VersionRequired,
                $"the request for model {ErrorText.Quote(model.Name)} names no version and no default route is configured; {Available(model)}.");
        }

        if (route.Label is { } label)
            return Labelled(model, label);
        return route.Version is { } fixedVersion ? Numbered(model, fixedVersion, route.ToString()) : Latest(model);
    }

    /// <summary>The entry that answers, or null where <see cref="Resolve"/> throws.</summary>
    public static PipelineEntry? Find(ModelEntry model, string version, VersionRoute? serverDefault)
    {
        if (version.Length > 0)
            return PipelineKey.TryParseVersion(version, out var number) ? model.Find(number) : FindLabelled(model, version);
        var route = model.DefaultRoute ?? serverDefault;
        if (model.Versions.IsEmpty || route is null)
            return null;
        if (route.Label is { } label)
            return FindLabelled(model, label);
        return route.Version is { } fixedVersion ? model.Find(fixedVersion) : Latest(model);
    }

    private static PipelineEntry? FindLabelled(ModelEntry model, string label) =>
        model.Labels.TryGetValue(label, out var version) ? model.Find(version) : null;

    private static PipelineEntry Named(ModelEntry model, string version) =>
        PipelineKey.TryParseVersion(version, out var number) ? Numbered(model, number, version) : Labelled(model, version);

    private static PipelineEntry Labelled(ModelEntry model, string label) =>
        model.Labels.TryGetValue(label, out var version) ? Numbered(model, version, label) : throw NotFound(model, label);

    private static PipelineEntry Numbered(ModelEntry model, long version, string asked) => model.Find(version) ?? throw NotFound(model, asked);

    // The highest version that serves, if need be once it is loaded; where none does, the highest, so that the error tells why.
    private static PipelineEntry Latest(ModelEntry model)
    {
        for (var i = model.Versions.Length - 1; i >= 0; i--)
        {
            if (model.Versions[i].IsServable)
                return model.Versions[i];
        }

        return model.Versions[^1];
    }

    private static InferenceException NotFound(ModelEntry model, string asked) =>
        new(ErrorCode.VersionNotFound, $"model {ErrorText.Quote(model.Name)} has no version {ErrorText.Quote(asked)}; {Available(model)}.");

    private static string Available(ModelEntry model)
    {
        var versions = ErrorText.Join(model.Versions.Select(v => v.Key.VersionText));
        return model.Labels.Count == 0
            ? $"available versions: {versions}"
            : $"available versions: {versions}; labels: {ErrorText.List(model.Labels.Keys.Order(StringComparer.Ordinal))}";
    }
}
