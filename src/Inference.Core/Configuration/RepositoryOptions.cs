namespace Inference.Core.Configuration;

/// <summary>Where models come from and how they are loaded.</summary>
public sealed record RepositoryOptions
{
    /// <summary>Folder of the model repository.</summary>
    public string Path { get; init; } = "models";

    /// <summary>
    /// Where it is set, the folder is not a repository but one model, served under this name: its versions, or the artefact
    /// of its version 1, lie in it directly.
    /// </summary>
    public string ModelName { get; init; } = string.Empty;

    /// <summary>Models that are loaded at once at the start; 0 is the number of processors.</summary>
    public int LoadThreads { get; init; }
}

/// <summary>Where requests without a version go.</summary>
public sealed record RoutingOptions
{
    /// <summary><c>latest</c>, or empty: refuse them unless the model's own manifest says where they go.</summary>
    public string Default { get; init; } = string.Empty;
}

/// <summary>Plug-in assemblies with preprocessors and postprocessors.</summary>
public sealed record PluginOptions
{
    /// <summary>Folder with one sub-folder for each plug-in; empty loads none.</summary>
    public string Path { get; init; } = string.Empty;
}
