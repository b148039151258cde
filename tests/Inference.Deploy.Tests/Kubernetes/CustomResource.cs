using k8s;
using k8s.Models;

namespace Inference.Deploy.Tests.Kubernetes;

/// <summary>A resource of an API that the cluster's own types do not have, with the fields that its definition has and we use.</summary>
internal sealed class CustomResource<TSpec> : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = string.Empty;

    public string Kind { get; set; } = string.Empty;

    public V1ObjectMeta Metadata { get; set; } = new();

    public TSpec? Spec { get; set; }
}
