using k8s.Models;

namespace Inference.Deploy.Tests.Mesh;

internal sealed class EnvoyTests
{
    private static string Text => File.ReadAllText(DeployFolder.At("mesh", "envoy.yaml"));

    [Test]
    public void Envoy_Routes_LeadToTheClusterAndStreamsAreNotRepeated()
    {
        var resources = EnvoyConfig.Read(Text).StaticResources;
        var manager = resources.Listeners.Single().FilterChains.Single().Filters.Single().TypedConfig;
        var routes = manager.RouteConfig.VirtualHosts.Single().Routes;

        Assert.Multiple(() =>
        {
            Assert.That(manager.Type, Does.EndWith(".http_connection_manager.v3.HttpConnectionManager"));
            Assert.That(manager.HttpFilters.Single().TypedConfig.Type, Does.EndWith(".router.v3.Router"), "a filter beside the router might buffer");
            Assert.That(routes.Select(r => r.Action.Cluster), Is.All.EqualTo(resources.Clusters.Single().Name));
            Assert.That(routes.Select(r => r.Match.Grpc), Is.All.Not.Null);
            Assert.That(routes[0].Match.Path, Is.EqualTo($"/{Protocol.Service}/{Protocol.Method("ModelStreamInfer")}"));
            Assert.That(routes[0].Action.RetryPolicy, Is.Null);
            Assert.That(routes[0].Action.Timeout, Is.EqualTo("0s"));
            Assert.That(routes[1].Match.Prefix, Is.EqualTo("/"));
            Assert.That(routes[1].Action.RetryPolicy!.NumRetries, Is.InRange(1, 3));
            Assert.That(routes[1].Action.RetryPolicy!.RetryHostPredicate.Single().TypedConfig.Type, Does.EndWith(".PreviousHostsPredicate"));
        });
    }

    [Test]
    public void Envoy_Cluster_IsTheHeadlessServiceOverHttp2()
    {
        var cluster = EnvoyConfig.Read(Text).StaticResources.Clusters.Single();
        var address = cluster.LoadAssignment.Endpoints.Single().LbEndpoints.Single().Endpoint.Address.SocketAddress;
        var services = Directory.EnumerateFiles(DeployFolder.At("kubernetes", "base"), "service.yaml")
            .SelectMany(file => Kubernetes.Manifest.Read<V1Service>(File.ReadAllText(file)));
        var headless = services.Single(s => s.Spec.ClusterIP == "None");

        Assert.Multiple(() =>
        {
            Assert.That(address.Address, Is.EqualTo(headless.Metadata.Name));
            Assert.That(headless.Spec.Ports.Select(p => p.Port), Does.Contain(address.PortValue));
            Assert.That(cluster.LoadAssignment.ClusterName, Is.EqualTo(cluster.Name));
            Assert.That(cluster.Type, Is.EqualTo("STRICT_DNS"), "all pods, not the first address");
            Assert.That(cluster.TypedExtensionProtocolOptions.Single().Value.ExplicitHttpConfig?.Http2ProtocolOptions, Is.Not.Null);
            Assert.That(cluster.HealthChecks.Single().GrpcHealthCheck, Is.Not.Null);
            Assert.That(cluster.CircuitBreakers!.Thresholds.Single().RetryBudget!.BudgetPercent!.Value, Is.InRange(1, 50));
        });
    }

    [TestCase("retry_on", "retry_when")]
    [TestCase("lb_policy", "balancing")]
    [TestCase("grpc_health_check", "health_check_grpc")]
    public void Envoy_MistypedField_IsFound(string right, string wrong)
    {
        Assert.That(Text, Does.Contain(right));

        Assert.That(() => EnvoyConfig.Read(Text.Replace(right, wrong, StringComparison.Ordinal)), Throws.InstanceOf<YamlDotNet.Core.YamlException>());
    }
}
