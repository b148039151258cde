namespace Inference.Core.Configuration;

/// <summary>What the server tells of itself.</summary>
public sealed record TelemetryOptions
{
    /// <summary>Traces.</summary>
    public TraceOptions Traces { get; init; } = new();

    /// <summary>Clients may change what is traced and logged, with the protocol's TraceSetting and LogSettings; reading it they always may.</summary>
    public bool AllowChanges { get; init; } = true;

    /// <summary>The metrics port answers <c>/debug</c> with a snapshot of the server, for support.</summary>
    public bool DebugPage { get; init; } = true;
}

/// <summary>
/// Spans of calls, sent by OpenTelemetry's protocol. What is not given here is taken from OpenTelemetry's own environment
/// variables, such as <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.
/// </summary>
public sealed record TraceOptions
{
    /// <summary>OTLP over gRPC, the usual port is 4317.</summary>
    public const string Grpc = "grpc";

    /// <summary>OTLP over HTTP, the usual port is 4318.</summary>
    public const string HttpProtobuf = "http/protobuf";

    /// <summary>Address of a collector, such as <c>http://collector:4317</c>. Empty for no traces.</summary>
    public string Endpoint { get; init; } = string.Empty;

    /// <summary><see cref="Grpc"/> or <see cref="HttpProtobuf"/>; empty for gRPC.</summary>
    public string Protocol { get; init; } = string.Empty;

    /// <summary>Part of the calls that is traced, from 0 to 1, of those whose caller has not decided; not given for all.</summary>
    public double? SampleRatio { get; init; }

    /// <summary>A caller that has decided whether its trace is recorded (<c>traceparent</c>) has decided for the server, too.</summary>
    public bool FollowsCaller { get; init; } = true;

    /// <summary>Spans are sent.</summary>
    public bool IsOn => Endpoint.Length > 0;
}
