using Inference.Domain.Pipelines;

namespace Inference.Infra.Plugins;

/// <summary>
/// One loaded plug-in. Disposing of it lets its assemblies go as soon as nothing made by its factories is used any more.
/// </summary>
public sealed class Plugin : IDisposable
{
    private readonly PluginLoadContext _context;

    internal Plugin(PluginLoadContext context, IReadOnlyList<IPreprocessorFactory> preprocessors, IReadOnlyList<IPostprocessorFactory> postprocessors)
    {
        _context = context;
        Name = context.Name!;
        Preprocessors = preprocessors;
        Postprocessors = postprocessors;
    }

    /// <summary>Name of its folder and assembly.</summary>
    public string Name { get; }

    /// <summary>The preprocessors that it brings.</summary>
    public IReadOnlyList<IPreprocessorFactory> Preprocessors { get; }

    /// <summary>The postprocessors that it brings.</summary>
    public IReadOnlyList<IPostprocessorFactory> Postprocessors { get; }

    /// <inheritdoc/>
    public void Dispose() => _context.Unload();
}
