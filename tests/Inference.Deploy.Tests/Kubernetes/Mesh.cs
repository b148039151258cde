using k8s.Models;

namespace Inference.Deploy.Tests.Kubernetes;

/// <summary>Istio's DestinationRule, networking v1.</summary>
internal sealed class DestinationRuleSpec
{
    public string? Host { get; set; }

    public TrafficPolicy? TrafficPolicy { get; set; }
}

internal sealed class TrafficPolicy
{
    public LoadBalancerSettings? LoadBalancer { get; set; }

    public ConnectionPool? ConnectionPool { get; set; }

    public OutlierDetection? OutlierDetection { get; set; }
}

internal sealed class LoadBalancerSettings
{
    public string? Simple { get; set; }

    public LocalitySetting? LocalityLbSetting { get; set; }
}

internal sealed class LocalitySetting
{
    public bool? Enabled { get; set; }
}

internal sealed class ConnectionPool
{
    public HttpPool? Http { get; set; }
}

internal sealed class HttpPool
{
    public int? Http2MaxRequests { get; set; }

    public int? MaxRequestsPerConnection { get; set; }
}

internal sealed class OutlierDetection
{
    public int? Consecutive5xxErrors { get; set; }

    public int? ConsecutiveGatewayErrors { get; set; }

    public string? Interval { get; set; }

    public string? BaseEjectionTime { get; set; }

    public int? MaxEjectionPercent { get; set; }
}

/// <summary>Istio's VirtualService, networking v1.</summary>
internal sealed class VirtualServiceSpec
{
    public List<string>? Hosts { get; set; }

    public List<HttpRoute>? Http { get; set; }
}

internal sealed class HttpRoute
{
    public string? Name { get; set; }

    public List<HttpMatch>? Match { get; set; }

    public List<RouteDestination>? Route { get; set; }

    public string? Timeout { get; set; }

    public RetryPolicy? Retries { get; set; }
}

internal sealed class HttpMatch
{
    public Dictionary<string, string>? Uri { get; set; }
}

internal sealed class RouteDestination
{
    public Destination? Destination { get; set; }
}

internal sealed class Destination
{
    public string? Host { get; set; }

    public Dictionary<string, int>? Port { get; set; }
}

internal sealed class RetryPolicy
{
    public int? Attempts { get; set; }

    public string? RetryOn { get; set; }

    public bool? RetryRemoteLocalities { get; set; }
}

/// <summary>Istio's PeerAuthentication, security v1.</summary>
internal sealed class PeerAuthenticationSpec
{
    public V1LabelSelector? Selector { get; set; }

    public Dictionary<string, string>? Mtls { get; set; }
}

/// <summary>The Gateway API's GRPCRoute, v1.</summary>
internal sealed class GrpcRouteSpec
{
    public List<BackendReference>? ParentRefs { get; set; }

    public List<GrpcRule>? Rules { get; set; }
}

internal sealed class GrpcRule
{
    public List<GrpcMatch>? Matches { get; set; }

    public List<BackendReference>? BackendRefs { get; set; }
}

internal sealed class GrpcMatch
{
    public Dictionary<string, string>? Method { get; set; }
}

internal sealed class BackendReference
{
    public string? Name { get; set; }

    public string? Kind { get; set; }

    public string? Group { get; set; }

    public int? Port { get; set; }
}
