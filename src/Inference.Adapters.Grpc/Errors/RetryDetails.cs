using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Inference.Domain;
using RichStatus = Google.Rpc.Status;
using Status = Grpc.Core.Status;

namespace Inference.Adapters.Grpc.Errors;

/// <summary>How long a client should wait before it tries again, as <c>google.rpc.RetryInfo</c> in the details of a status.</summary>
internal static class RetryDetails
{
    /// <summary>Name of the trailer.</summary>
    public const string Key = "grpc-status-details-bin";

    // The text stands in the status, too, and all trailers together are bounded.
    private const int LongestText = 1000;

    /// <summary>The details; null where the error says nothing of it.</summary>
    /// <param name="status">What the details stand beside.</param>
    /// <param name="error">What is told.</param>
    public static RichStatus? Of(Status status, InferenceException error) => error.RetryAfter is not { } wait ? null : new RichStatus
    {
        Code = (int)status.StatusCode,
        Message = status.Detail.Length <= LongestText ? status.Detail : string.Empty,
        Details = { Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(wait) }) },
    };
}
