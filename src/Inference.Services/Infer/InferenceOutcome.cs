using System.Diagnostics.CodeAnalysis;
using Inference.Domain;

namespace Inference.Services.Infer;

/// <summary>How a request ended: its response, or the error that its caller is told. An error that is carried costs a fraction of one that is thrown.</summary>
public readonly struct InferenceOutcome
{
    internal InferenceOutcome(InferenceResponse response) => Response = response;

    internal InferenceOutcome(InferenceException error) => Error = error;

    /// <summary>The response, the receiver's to dispose of; null where there is an error.</summary>
    public InferenceResponse? Response { get; }

    /// <summary>Why there is no response; null where there is one.</summary>
    public InferenceException? Error { get; }

    /// <summary>True where there is a response.</summary>
    [MemberNotNullWhen(true, nameof(Response))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsAnswered => Response is not null;

    /// <summary>The response.</summary>
    /// <exception cref="InferenceException">The error, where there is none.</exception>
    public InferenceResponse Unwrap() => IsAnswered ? Response : throw Error;
}
