using System.Globalization;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Errors;

/// <summary>An error as a stream tells it, which has room for text only.</summary>
internal static class StreamErrorText
{
    /// <summary>The error's text, bounded, with the time to wait before the next try where there is one.</summary>
    public static string Of(InferenceException error)
    {
        var text = StatusText.Bound(error.Message);
        return error.RetryAfter is { } wait
            ? string.Create(CultureInfo.InvariantCulture, $"{text} Retry after {Math.Ceiling(wait.TotalMilliseconds)} ms.")
            : text;
    }
}
