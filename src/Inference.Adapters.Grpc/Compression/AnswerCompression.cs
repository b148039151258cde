using Grpc.Core;
using Microsoft.AspNetCore.Http;
using CallHeaders = Grpc.Core.Metadata;

namespace Inference.Adapters.Grpc.Compression;

/// <summary>
/// Answers are compressed where the client asks for it: it compresses its own messages and takes such answers. That it takes
/// them alone asks for nothing, since every client library says so of itself, and numbers seldom get smaller.
/// </summary>
internal static class AnswerCompression
{
    private const string Gzip = "gzip";
    private const string Encoding = "grpc-encoding", AcceptEncoding = "grpc-accept-encoding";

    // By this name the library is told what a call's answers are compressed with; it does not go onto the wire.
    private const string LibrarysEncoding = "grpc-internal-encoding-request";

    /// <summary>Begins the answer of a call whose client asks for compression; nothing for others. Before the first message.</summary>
    public static Task BeginAsync(ServerCallContext call) =>
        IsAsked(call.GetHttpContext().Request.Headers) ? call.WriteResponseHeadersAsync(new CallHeaders { { LibrarysEncoding, Gzip } }) : Task.CompletedTask;

    private static bool IsAsked(IHeaderDictionary headers) =>
        headers[Encoding] == Gzip
        && headers[AcceptEncoding].Any(values => values!.Split(',', StringSplitOptions.TrimEntries).Contains(Gzip, StringComparer.Ordinal));
}
