using Inference.Domain.Models;

namespace Inference.Domain.Execution;

/// <summary>Loads a trained artefact for execution, with everything that stands between requests and its lanes. Thread-safe.</summary>
public interface IExecutorFactory
{
    /// <summary>Loads the artefact. Blocks for as long as the runtime needs: see <see cref="IModelRuntime.Open"/>.</summary>
    /// <param name="artefactPath">Absolute path of the artefact.</param>
    /// <param name="options">Device, lanes, queue and batches.</param>
    /// <param name="label">How errors and logs name it: <c>model 'digits' version 2</c>.</param>
    /// <exception cref="InferenceException">LoadFailed with the reason.</exception>
    LoadedArtefact Load(string artefactPath, ExecutionOptions options, string label);
}

/// <summary>A loaded artefact: what it needs and gives, and what runs it. The receiver owns the executor.</summary>
public sealed record LoadedArtefact(ModelSpec Spec, IExecutor Executor);
