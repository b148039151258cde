using k8s.Models;

namespace Inference.Deploy.Tests.Kubernetes;

/// <summary>KEDA's ScaledObject, v1alpha1.</summary>
internal sealed class ScaledObjectSpec
{
    public ScaleTarget? ScaleTargetRef { get; set; }

    public int? MinReplicaCount { get; set; }

    public int? MaxReplicaCount { get; set; }

    public int? PollingInterval { get; set; }

    public AdvancedScaling? Advanced { get; set; }

    public List<ScaleTrigger>? Triggers { get; set; }
}

internal sealed class ScaleTarget
{
    public string Name { get; set; } = string.Empty;
}

internal sealed class AdvancedScaling
{
    public ScalerConfig? HorizontalPodAutoscalerConfig { get; set; }
}

internal sealed class ScalerConfig
{
    public V2HorizontalPodAutoscalerBehavior? Behavior { get; set; }
}

internal sealed class ScaleTrigger
{
    public string Type { get; set; } = string.Empty;

    public string? MetricType { get; set; }

    public Dictionary<string, string>? Metadata { get; set; }
}

/// <summary>The Prometheus operator's PodMonitor, v1.</summary>
internal sealed class PodMonitorSpec
{
    public string? JobLabel { get; set; }

    public V1LabelSelector? Selector { get; set; }

    public List<PodMetricsEndpoint>? PodMetricsEndpoints { get; set; }
}

internal sealed class PodMetricsEndpoint
{
    public string? Port { get; set; }

    public string? Path { get; set; }

    public string? Interval { get; set; }
}
