using System.IO.Pipelines;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>A connection's bytes, read at a pace, with the frames of both sides looked at on their way; the client's and their answers only where pings are limited.</summary>
internal sealed class WatchedTransport(IDuplexPipe inner, Farewell farewell, PingLimit? pings, ReadPace pace) : IDuplexPipe
{
    public PipeReader Input { get; } = new WatchedReader(inner.Input, pings?.Frames, pace);

    public PipeWriter Output { get; } = new SpokenWriter(pings is null ? inner.Output : new CountedWriter(inner.Output, pings), farewell.Frames);
}
