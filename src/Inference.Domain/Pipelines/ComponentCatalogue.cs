using System.Collections.Frozen;

namespace Inference.Domain.Pipelines;

/// <summary>Preprocessors and postprocessors by name. Immutable and thread-safe.</summary>
public sealed class ComponentCatalogue
{
    private readonly FrozenDictionary<string, IPreprocessorFactory> _preprocessors;
    private readonly FrozenDictionary<string, IPostprocessorFactory> _postprocessors;

    /// <summary>Creates a catalogue; <c>passthrough</c> is always in it.</summary>
    /// <exception cref="ArgumentException">Two of a kind have the same name.</exception>
    public ComponentCatalogue(IEnumerable<IPreprocessorFactory> preprocessors, IEnumerable<IPostprocessorFactory> postprocessors)
    {
        _preprocessors = Freeze(preprocessors.Prepend(new PassthroughPreprocessorFactory()), f => f.Name, "preprocessors");
        _postprocessors = Freeze(postprocessors.Prepend(new PassthroughPostprocessorFactory()), f => f.Name, "postprocessors");
    }

    /// <summary>Names of all preprocessors, sorted.</summary>
    public IEnumerable<string> PreprocessorNames => _preprocessors.Keys.Order(StringComparer.Ordinal);

    /// <summary>Names of all postprocessors, sorted.</summary>
    public IEnumerable<string> PostprocessorNames => _postprocessors.Keys.Order(StringComparer.Ordinal);

    /// <summary>The preprocessor factory of that name.</summary>
    /// <exception cref="ManifestException">There is none.</exception>
    public IPreprocessorFactory Preprocessor(string name, SourceLocation location) =>
        _preprocessors.TryGetValue(name, out var factory) ? factory : throw Unknown("preprocessor", name, PreprocessorNames, location);

    /// <summary>The postprocessor factory of that name.</summary>
    /// <exception cref="ManifestException">There is none.</exception>
    public IPostprocessorFactory Postprocessor(string name, SourceLocation location) =>
        _postprocessors.TryGetValue(name, out var factory) ? factory : throw Unknown("postprocessor", name, PostprocessorNames, location);

    private static FrozenDictionary<string, T> Freeze<T>(IEnumerable<T> factories, Func<T, string> name, string kind)
    {
        var byName = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var factory in factories)
        {
            if (!byName.TryAdd(name(factory), factory))
                throw new ArgumentException($"Two {kind} are named '{name(factory)}': {byName[name(factory)]!.GetType()} and {factory!.GetType()}.", kind);
        }

        return byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static ManifestException Unknown(string kind, string name, IEnumerable<string> known, SourceLocation location)
    {
        var names = known.ToList();
        return new ManifestException([$"{location}: {kind} {ErrorText.Quote(name)} is not known; known: {string.Join(", ", names)}.{NearestName.Hint(name, names)}"]);
    }
}
