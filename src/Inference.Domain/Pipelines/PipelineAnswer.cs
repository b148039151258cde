using Inference.Domain.Execution;
using Inference.Domain.Tensors;

namespace Inference.Domain.Pipelines;

/// <summary>One of the answers to a request.</summary>
/// <param name="Outputs">All outputs of the pipeline, owned by the receiver.</param>
/// <param name="Context">Times and rows of this answer alone.</param>
/// <param name="IsLast">No other answer follows.</param>
public readonly record struct PipelineAnswer(TensorSet Outputs, RequestContext Context, bool IsLast);
