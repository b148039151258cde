using System.Diagnostics.CodeAnalysis;
using Inference.Adapters.Grpc.Infer;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>How a request ended: its answer or its error, one of which is there.</summary>
/// <param name="Message">The answer; the call's resources own it.</param>
/// <param name="Timing">How long it took, for a trailer; null where the request does not ask.</param>
/// <param name="Error">Why there is no answer.</param>
internal readonly record struct UnaryAnswer(InferAnswer? Message, string? Timing, InferenceException? Error)
{
    /// <summary>True where there is an answer.</summary>
    [MemberNotNullWhen(true, nameof(Message))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsAnswered => Message is not null;
}
