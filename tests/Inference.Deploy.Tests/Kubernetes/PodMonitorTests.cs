using System.Text.RegularExpressions;
using k8s.Models;

namespace Inference.Deploy.Tests.Kubernetes;

/// <summary>That what the Prometheus operator finds is what the alerts ask about.</summary>
internal sealed partial class PodMonitorTests
{
    [Test]
    public void PodMonitor_JobOfItsTargets_IsOneThatTheAlertKnows()
    {
        var monitor = Manifest.Read(File.ReadAllText(DeployFolder.At("prometheus", "podmonitor.yaml"))).OfType<CustomResource<PodMonitorSpec>>().Single();
        var pods = Manifest.Read(File.ReadAllText(DeployFolder.At("kubernetes", "base", "deployment.yaml"))).OfType<V1Deployment>().Single().Spec.Template;

        // Without a label the job would be called by namespace and name of the monitor.
        Assert.That(monitor.Spec!.JobLabel, Is.Not.Null);
        var job = pods.Metadata.Labels[monitor.Spec.JobLabel!];
        var known = JobPattern().Match(File.ReadAllText(DeployFolder.At("prometheus", "rules.yaml"))).Groups[1].Value;

        Assert.Multiple(() =>
        {
            Assert.That(job, Does.Match($"^(?:{known})$"));
            Assert.That(monitor.Spec.Selector!.MatchLabels, Is.SubsetOf(pods.Metadata.Labels));
            Assert.That(monitor.Spec.PodMetricsEndpoints!.Select(e => e.Port), Is.SubsetOf(pods.Spec.Containers.Single().Ports.Select(p => p.Name)));
        });
    }

    [GeneratedRegex("up\\{job=~\"([^\"]+)\"\\}")]
    private static partial Regex JobPattern();
}
