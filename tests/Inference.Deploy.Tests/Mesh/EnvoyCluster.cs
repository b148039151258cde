using YamlDotNet.Serialization;

namespace Inference.Deploy.Tests.Mesh;

/// <summary>Envoy's Cluster.</summary>
internal sealed class Cluster
{
    public string Name { get; set; } = string.Empty;

    public string Type { get; set; } = string.Empty;

    public string? DnsRefreshRate { get; set; }

    public string? LbPolicy { get; set; }

    public string? ConnectTimeout { get; set; }

    public Dictionary<string, UpstreamHttp> TypedExtensionProtocolOptions { get; set; } = [];

    public CircuitBreakers? CircuitBreakers { get; set; }

    public EnvoyOutlierDetection? OutlierDetection { get; set; }

    public List<HealthCheck> HealthChecks { get; set; } = [];

    public LoadAssignment LoadAssignment { get; set; } = new();
}

internal sealed class UpstreamHttp : TypedConfig
{
    public ExplicitHttp? ExplicitHttpConfig { get; set; }
}

internal sealed class ExplicitHttp
{
    [YamlMember(Alias = "http2_protocol_options")]
    public Http2Options? Http2ProtocolOptions { get; set; }
}

internal sealed class Http2Options
{
    public Keepalive? ConnectionKeepalive { get; set; }
}

internal sealed class Keepalive
{
    public string? Interval { get; set; }

    public string? Timeout { get; set; }
}

internal sealed class CircuitBreakers
{
    public List<Thresholds> Thresholds { get; set; } = [];
}

internal sealed class Thresholds
{
    public int MaxRequests { get; set; }

    public RetryBudget? RetryBudget { get; set; }
}

internal sealed class RetryBudget
{
    public Percent? BudgetPercent { get; set; }

    public int MinRetryConcurrency { get; set; }
}

internal sealed class Percent
{
    public double Value { get; set; }
}

internal sealed class EnvoyOutlierDetection
{
    [YamlMember(Alias = "consecutive_5xx")]
    public int Consecutive5xx { get; set; }

    public int ConsecutiveGatewayFailure { get; set; }

    public string? Interval { get; set; }

    public string? BaseEjectionTime { get; set; }

    public int MaxEjectionPercent { get; set; }
}

internal sealed class HealthCheck
{
    public string? Timeout { get; set; }

    public string? Interval { get; set; }

    public int UnhealthyThreshold { get; set; }

    public int HealthyThreshold { get; set; }

    public EmptyMessage? GrpcHealthCheck { get; set; }
}

internal sealed class LoadAssignment
{
    public string ClusterName { get; set; } = string.Empty;

    public List<LocalityEndpoints> Endpoints { get; set; } = [];
}

internal sealed class LocalityEndpoints
{
    public List<LbEndpoint> LbEndpoints { get; set; } = [];
}

internal sealed class LbEndpoint
{
    public Endpoint Endpoint { get; set; } = new();
}

internal sealed class Endpoint
{
    public Address Address { get; set; } = new();
}
