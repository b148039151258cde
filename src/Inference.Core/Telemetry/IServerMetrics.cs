namespace Inference.Core.Telemetry;

/// <summary>What is counted of the server as a whole, apart from its requests. Thread-safe.</summary>
public interface IServerMetrics
{
    /// <summary>A client made a gRPC connection.</summary>
    void ConnectionOpened();

    /// <summary>A gRPC connection is gone, for whatever reason.</summary>
    void ConnectionClosed();

    /// <summary>The server ended a gRPC connection, or asked its client to.</summary>
    /// <param name="reason">One of <see cref="ConnectionEnds"/>.</param>
    void ConnectionEnded(string reason);

    /// <summary>How busy the server is was measured anew.</summary>
    /// <param name="ratio">Recent waits by the wait that is aimed at, the worst of all pipelines and of the thread pool; 1 is the aim.</param>
    /// <param name="threadWait">Seconds that work has recently waited for a thread of the pool.</param>
    void SaturationMeasured(double ratio, double threadWait);

    /// <summary>How long threads wait for a processor was measured anew.</summary>
    /// <param name="wait">Seconds, recently and on average, from when a thread woke until it had one.</param>
    /// <param name="isCrowded">Other programs keep all processors busy.</param>
    void ProcessorsMeasured(double wait, bool isCrowded);

    /// <summary>New connections get a certificate that is valid until this time.</summary>
    void CertificateServed(DateTimeOffset expires);

    /// <summary>The certificate's files have changed and were read.</summary>
    /// <param name="isGood">False where they cannot be used, so that what was before stays.</param>
    void CertificateReloaded(bool isGood);

    /// <summary>Whether the files are such at present that they cannot be used.</summary>
    void CertificateReloadFailing(bool isFailing);

    /// <summary>A connection ended before its TLS handshake was done.</summary>
    void HandshakeFailed();
}

/// <summary>Why the server ends connections.</summary>
public static class ConnectionEnds
{
    /// <summary>It has reached its age: the client is asked to make a new one.</summary>
    public const string Age = "age";

    /// <summary>Calls were still under way when the time after its age was over; they were cut off.</summary>
    public const string Grace = "grace";

    /// <summary>The client sent too many pings: it is asked to go.</summary>
    public const string Pings = "pings";

    /// <summary>The client went on sending pings, and was cut off.</summary>
    public const string PingFlood = "ping_flood";

    /// <summary>The client had gone, and the end of its calls was not waited for any longer.</summary>
    public const string Unended = "unended";
}
