using k8s;
using k8s.Models;

namespace Inference.Deploy.Tests.Kubernetes;

/// <summary>Reads manifests strictly: a field that the API does not have is an error.</summary>
internal static class Manifest
{
    private static readonly Dictionary<string, Type> Types = new()
    {
        ["v1/ConfigMap"] = typeof(V1ConfigMap),
        ["v1/Service"] = typeof(V1Service),
        ["v1/ServiceAccount"] = typeof(V1ServiceAccount),
        ["apps/v1/Deployment"] = typeof(V1Deployment),
        ["policy/v1/PodDisruptionBudget"] = typeof(V1PodDisruptionBudget),
        ["networking.k8s.io/v1/NetworkPolicy"] = typeof(V1NetworkPolicy),
        ["autoscaling/v2/HorizontalPodAutoscaler"] = typeof(V2HorizontalPodAutoscaler),
        ["serving.kserve.io/v1alpha1/ServingRuntime"] = typeof(CustomResource<ServingRuntimeSpec>),
        ["serving.kserve.io/v1alpha1/ClusterServingRuntime"] = typeof(CustomResource<ServingRuntimeSpec>),
        ["serving.kserve.io/v1beta1/InferenceService"] = typeof(CustomResource<InferenceServiceSpec>),
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(CustomResource<ScaledObjectSpec>),
        ["monitoring.coreos.com/v1/PodMonitor"] = typeof(CustomResource<PodMonitorSpec>),
        ["networking.istio.io/v1/DestinationRule"] = typeof(CustomResource<DestinationRuleSpec>),
        ["networking.istio.io/v1/VirtualService"] = typeof(CustomResource<VirtualServiceSpec>),
        ["security.istio.io/v1/PeerAuthentication"] = typeof(CustomResource<PeerAuthenticationSpec>),
        ["gateway.networking.k8s.io/v1/GRPCRoute"] = typeof(CustomResource<GrpcRouteSpec>),
    };

    /// <summary>The objects of a file with any number of documents.</summary>
    public static IReadOnlyList<object> Read(string text) => [.. KubernetesYaml.LoadAllFromString(text, Types, strict: true)];

    /// <summary>The objects of that type among them.</summary>
    public static IEnumerable<T> Read<T>(string text) => Read(text).OfType<T>();
}
