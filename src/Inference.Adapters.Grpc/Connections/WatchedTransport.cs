using System.IO.Pipelines;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>A connection's bytes, with the client's frames looked at and the server's counted on their way.</summary>
internal sealed class WatchedTransport(IDuplexPipe inner, PingLimit pings) : IDuplexPipe
{
    public PipeReader Input { get; } = new WatchedReader(inner.Input, pings.Frames);

    public PipeWriter Output { get; } = new CountedWriter(inner.Output, pings);
}
