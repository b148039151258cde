namespace Inference.Domain.Pipelines;

/// <summary>Makes configured preprocessors of one kind. Thread-safe.</summary>
public interface IPreprocessorFactory
{
    /// <summary>The name by which a manifest asks for it, such as <c>image.grid</c>.</summary>
    string Name { get; }

    /// <summary>Makes one for a pipeline.</summary>
    /// <exception cref="ManifestException">Every mistake in the options, each with its file and line.</exception>
    /// <exception cref="InferenceException">LoadFailed where the options do not fit the model.</exception>
    IPreprocessor Create(ComponentContext context);
}

/// <summary>Makes configured postprocessors of one kind. Thread-safe.</summary>
public interface IPostprocessorFactory
{
    /// <summary>The name by which a manifest asks for it, such as <c>classification.top_k</c>.</summary>
    string Name { get; }

    /// <summary>Makes one for a pipeline.</summary>
    /// <exception cref="ManifestException">Every mistake in the options, each with its file and line.</exception>
    /// <exception cref="InferenceException">LoadFailed where the options do not fit the model.</exception>
    IPostprocessor Create(ComponentContext context);
}
