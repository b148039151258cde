namespace Inference.Adapters.Grpc.Errors;

/// <summary>
/// How the web server and the gRPC library show that a call is over for its client, who has gone or whose deadline has passed,
/// a moment before they say so by the call's token.
/// </summary>
internal static class GoneClient
{
    // The pipe's and the library's own texts; nothing else tells a call that was completed under its user from other misuse.
    private static readonly string[] Texts =
    [
        "Writing is not allowed after writer was completed.",
        "Can't write the message because the request is complete.",
        "Can't read messages after the request is complete.",
    ];

    /// <summary>The way to the client or from it was closed while it was used.</summary>
    public static bool ClosedTheWay(Exception? exception)
    {
        if (exception is not InvalidOperationException)
            return false;
        foreach (var text in Texts)
        {
            if (exception.Message.Contains(text, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
