using System.Globalization;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Errors;

/// <summary>How long a client should wait before it tries again, as gRPC's retry policy reads it.</summary>
internal static class RetryPushback
{
    /// <summary>Name of the trailer.</summary>
    public const string Key = "grpc-retry-pushback-ms";

    /// <summary>Whole milliseconds; null where the error says nothing of it.</summary>
    public static string? Of(InferenceException error) =>
        error.RetryAfter is { } wait ? ((long)Math.Ceiling(wait.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture) : null;
}
