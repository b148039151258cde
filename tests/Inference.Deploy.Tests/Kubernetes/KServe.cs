using k8s.Models;

namespace Inference.Deploy.Tests.Kubernetes;

/// <summary>KServe's ServingRuntime and ClusterServingRuntime, v1alpha1.</summary>
internal sealed class ServingRuntimeSpec
{
    public Dictionary<string, string>? Annotations { get; set; }

    public List<ModelFormat>? SupportedModelFormats { get; set; }

    public List<string>? ProtocolVersions { get; set; }

    public bool? MultiModel { get; set; }

    public List<V1Container>? Containers { get; set; }

    public Dictionary<string, string>? NodeSelector { get; set; }

    public List<V1Toleration>? Tolerations { get; set; }
}

internal sealed class ModelFormat
{
    public string Name { get; set; } = string.Empty;

    public string? Version { get; set; }

    public bool? AutoSelect { get; set; }

    public int? Priority { get; set; }
}

/// <summary>KServe's InferenceService, v1beta1.</summary>
internal sealed class InferenceServiceSpec
{
    public InferenceComponent? Predictor { get; set; }

    public InferenceComponent? Transformer { get; set; }
}

internal sealed class InferenceComponent
{
    public int? MinReplicas { get; set; }

    public int? MaxReplicas { get; set; }

    public string? ScaleMetric { get; set; }

    public int? ScaleTarget { get; set; }

    public long? Timeout { get; set; }

    public int? CanaryTrafficPercent { get; set; }

    public InferenceModel? Model { get; set; }

    public List<V1Container>? Containers { get; set; }
}

internal sealed class InferenceModel
{
    public ModelFormat? ModelFormat { get; set; }

    public string? ProtocolVersion { get; set; }

    public string? Runtime { get; set; }

    public string? StorageUri { get; set; }
}
