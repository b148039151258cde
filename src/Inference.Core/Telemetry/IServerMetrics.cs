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
}
