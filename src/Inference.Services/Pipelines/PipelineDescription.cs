using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;

namespace Inference.Services.Pipelines;

/// <summary>What a pipeline is to its callers, without what it takes to run it.</summary>
/// <param name="Inputs">What a client sends.</param>
/// <param name="Outputs">What a client gets.</param>
/// <param name="Model">What the model within takes and gives.</param>
/// <param name="Executor">What it runs on.</param>
/// <param name="HasComponents">It has a preprocessor or postprocessor that does something.</param>
/// <param name="IsDecoupled">A request is answered several times.</param>
/// <param name="Configuration">See <see cref="PipelineManifest.Configuration"/>.</param>
internal sealed record PipelineDescription(
    IReadOnlyList<TensorSpec> Inputs, IReadOnlyList<TensorSpec> Outputs, ModelSpec Model, ExecutorInfo Executor, bool HasComponents, bool IsDecoupled, OptionNode? Configuration)
{
    /// <summary>The description of a pipeline.</summary>
    public static PipelineDescription Of(Pipeline pipeline) =>
        new(pipeline.Inputs, pipeline.Outputs, pipeline.Model.Spec, pipeline.Model.Executor.Info, pipeline.HasComponents, pipeline.IsDecoupled, pipeline.Configuration);
}
