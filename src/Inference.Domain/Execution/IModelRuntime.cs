using Inference.Domain.Models;

namespace Inference.Domain.Execution;

/// <summary>Opens trained artefacts. Implemented once for each runtime. Thread-safe.</summary>
public interface IModelRuntime
{
    /// <summary>
    /// Loads the artefact and derives its spec. Blocks for as long as the runtime needs, so call it on a loader's thread,
    /// not on one that serves requests.
    /// </summary>
    /// <param name="artefactPath">Absolute path of the artefact.</param>
    /// <param name="options">Device, lanes and runtime options.</param>
    /// <param name="label">How errors and logs name it: <c>model 'digits' version 2</c>.</param>
    /// <exception cref="InferenceException">LoadFailed with the reason: unreadable, not an artefact, device not to be had, tensor type not served.</exception>
    OpenedArtefact Open(string artefactPath, ExecutionOptions options, string label);
}

/// <summary>An artefact that a runtime has opened: what it needs and gives, and what runs it. The receiver owns the pool.</summary>
public sealed record OpenedArtefact(ModelSpec Spec, ILanePool Pool);
