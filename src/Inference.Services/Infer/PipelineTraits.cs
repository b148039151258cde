using Inference.Domain.Registry;

namespace Inference.Services.Infer;

/// <summary>What a stream must know of a pipeline before it gives it a request.</summary>
/// <param name="Key">The pipeline; null where no pipeline serves the request, which is for the request's own answer to explain.</param>
/// <param name="HasComponents">Something of its own stands before or behind its model, whose cost is not known.</param>
/// <param name="IsDecoupled">It answers a request several times.</param>
/// <param name="PreservesOrdering">Its answers on a stream come in the order of the requests.</param>
/// <param name="AnswerBytes">Bytes of outputs that its last answer had; 0 before the first.</param>
public readonly record struct PipelineTraits(PipelineKey? Key, bool HasComponents, bool IsDecoupled, bool PreservesOrdering, long AnswerBytes)
{
    /// <summary>It was never in memory, and a request may bring it there: nothing but <see cref="Key"/> is known before.</summary>
    public bool IsComing { get; init; }
}
