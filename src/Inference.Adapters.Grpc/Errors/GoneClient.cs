namespace Inference.Adapters.Grpc.Errors;

/// <summary>
/// How the web server and the gRPC library show that a call is over for its client, who has gone or whose deadline has passed,
/// a moment before they say so by the call's token.
/// </summary>
internal static class GoneClient
{
    // The pipe's and the library's own texts; nothing else tells a writer that was completed under its user from other misuse.
    private const string Completed = "Writing is not allowed after writer was completed.";
    private const string CallCompleted = "Can't write the message because the request is complete.";

    /// <summary>The answer's way to the client was closed while it was written.</summary>
    public static bool ClosedTheWriter(Exception? exception) =>
        exception is InvalidOperationException
        && (exception.Message.Contains(Completed, StringComparison.Ordinal) || exception.Message.Contains(CallCompleted, StringComparison.Ordinal));
}
