namespace Inference.Core.Configuration;

/// <summary>Where the server listens and how large a message may be.</summary>
public sealed record ServerOptions
{
    /// <summary>Address to listen on; loopback unless told otherwise. An IP address, <c>localhost</c> or <c>*</c> for all.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>
    /// Listening without TLS where others can reach it is meant. Without it the server does so on loopback alone, and on what
    /// <see cref="TlsOptions"/> says is plain.
    /// </summary>
    public bool AllowPlaintext { get; init; }

    /// <summary>gRPC over HTTP/2. 0 takes a free port.</summary>
    public int GrpcPort { get; init; } = 8001;

    /// <summary>Path of a Unix domain socket for gRPC, beside the port: for clients on the same machine. Empty for none.</summary>
    public string GrpcSocket { get; init; } = "";

    /// <summary>HTTP/1.1: health probes. 0 takes a free port.</summary>
    public int HttpPort { get; init; } = 8000;

    /// <summary>HTTP/1.1: Prometheus metrics. 0 takes a free port.</summary>
    public int MetricsPort { get; init; } = 8002;

    /// <summary>Largest request message, in bytes; a larger one is refused.</summary>
    public int MaxMessageBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Seconds after which a client is asked to make a new gRPC connection, give or take a tenth; calls under way end on the
    /// old one. 0 for never.
    /// </summary>
    public double ConnectionAgeSeconds { get; init; }

    /// <summary>Seconds that calls under way on a connection that has reached its age have left; 0 for as long as they take.</summary>
    public double ConnectionGraceSeconds { get; init; }

    /// <summary>Pings that a client may send at once while nothing else moves on its gRPC connection; two a second come back. 0 for any number.</summary>
    public int MaxIdlePings { get; init; } = 100;

    /// <summary>
    /// A thread that answers and wakes waits for a processor instead of taking it from another program's or its own kind, unless
    /// other programs keep all of them busy. Only on Linux, and where threads that compute and load are idle ones: see
    /// <see cref="ExecutionDefaults.Niceness"/>.
    /// </summary>
    public bool PatientThreads { get; init; } = true;
}
