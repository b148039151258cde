using Inference.Core.Configuration;

namespace Inference.Adapters.Grpc;

/// <summary>What the gRPC adapter needs to know.</summary>
/// <param name="MaxMessageBytes">Largest request message, in bytes, also after decompression; a larger one is refused.</param>
/// <param name="MaxRequestBytes">Bytes that all inference requests under way may hold together; one more is refused.</param>
/// <param name="ServerName">Name of the server, told to clients.</param>
/// <param name="ServerVersion">Version of the server, told to clients.</param>
public sealed record GrpcAdapterOptions(int MaxMessageBytes, long MaxRequestBytes, string ServerName, string ServerVersion)
{
    /// <summary>What one stream may hold.</summary>
    public StreamOptions Streams { get; init; } = new();
}
