namespace Inference.Deploy.Tests.Mesh;

/// <summary>Envoy's RouteConfiguration.</summary>
internal sealed class RouteConfig
{
    public List<VirtualHost> VirtualHosts { get; set; } = [];
}

internal sealed class VirtualHost
{
    public string Name { get; set; } = string.Empty;

    public List<string> Domains { get; set; } = [];

    public List<Route> Routes { get; set; } = [];
}

internal sealed class Route
{
    public RouteMatch Match { get; set; } = new();

    [YamlDotNet.Serialization.YamlMember(Alias = "route")]
    public RouteAction Action { get; set; } = new();
}

internal sealed class RouteMatch
{
    public string? Path { get; set; }

    public string? Prefix { get; set; }

    public EmptyMessage? Grpc { get; set; }
}

internal sealed class RouteAction
{
    public string Cluster { get; set; } = string.Empty;

    public string? Timeout { get; set; }

    public MaxStreamDuration? MaxStreamDuration { get; set; }

    public EnvoyRetryPolicy? RetryPolicy { get; set; }
}

internal sealed class MaxStreamDuration
{
    public string? GrpcTimeoutHeaderMax { get; set; }
}

internal sealed class EnvoyRetryPolicy
{
    public string RetryOn { get; set; } = string.Empty;

    public int NumRetries { get; set; }

    public List<Filter<TypedConfig>> RetryHostPredicate { get; set; } = [];

    public int HostSelectionRetryMaxAttempts { get; set; }

    public RetryBackOff? RetryBackOff { get; set; }
}

internal sealed class RetryBackOff
{
    public string? BaseInterval { get; set; }

    public string? MaxInterval { get; set; }
}

/// <summary>A message whose presence is all that it says.</summary>
internal sealed class EmptyMessage;
