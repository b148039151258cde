using Grpc.Core;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>A place for one request under way; used again and again, so that a load allocates nothing.</summary>
internal sealed class Exchange(IExchangeOwner owner)
{
    public IExchangeOwner Owner => owner;

    /// <summary>What is sent.</summary>
    public RequestTemplate? Template { get; set; }

    /// <summary>When the request was due: the time that its latency counts from.</summary>
    public long Due { get; set; }

    /// <summary>Where it is sent.</summary>
    public ILane? Lane { get; set; }

    /// <summary>It stands for a request that is due and has not ended.</summary>
    public bool IsDue { get; set; }

    /// <summary>It was sent and has not ended.</summary>
    public bool IsUnderWay { get; set; }

    /// <summary>Is its answer to be compared?</summary>
    public bool Keeps { get; set; }

    /// <summary>Its call, where it has one of its own.</summary>
    public UnaryCall? Call { get; set; }

    /// <summary>Prefix and id of its message, where it shares a stream.</summary>
    public byte[]? Head { get; set; }
}

/// <summary>Learns what becomes of requests. Called under the lock of a connection, by one thread a request.</summary>
internal interface IExchangeOwner
{
    /// <summary>A message came; its bytes are there where the exchange keeps them.</summary>
    void Answered(Exchange exchange, ReadOnlySpan<byte> message);

    /// <summary>The request has ended; the exchange may be used for the next.</summary>
    void Completed(Exchange exchange, Status status, long now);
}

/// <summary>A way to the server. Thread-safe.</summary>
internal interface ILane
{
    /// <summary>Whether anything can be sent, now or when others have ended.</summary>
    bool IsOpen { get; }

    /// <summary>Writes a request; false where there is no room. <see cref="Flush"/> sends it, or the end of the owner's callback.</summary>
    bool TrySend(Exchange exchange);

    /// <summary>Sends what was written.</summary>
    void Flush();

    /// <summary>Ends a request that is under way since before a time.</summary>
    void Abort(Exchange exchange, long dueBefore, Status status, long now);

    /// <summary>Tells the server that nothing more comes, and forgets the connection.</summary>
    void Close();
}
