namespace Inference.Adapters.Grpc.Errors;

/// <summary>How the web server shows that a client has gone, a moment before it says so by the call's token.</summary>
internal static class GoneClient
{
    // The pipe's own text; nothing else tells a writer that was completed under its user from other misuse.
    private const string Completed = "Writing is not allowed after writer was completed.";

    /// <summary>The answer's way to the client was closed while it was written.</summary>
    public static bool ClosedTheWriter(Exception? exception) =>
        exception is InvalidOperationException && exception.Message.Contains(Completed, StringComparison.Ordinal);
}
