using System.Globalization;
using k8s.Models;

namespace Inference.Deploy.Tests.Kubernetes;

/// <summary>What kubectl makes of each overlay.</summary>
internal sealed class OverlayTests
{
    // Cutting off takes up to three seconds and unloading five.
    private const int StopSeconds = 8;
    private static readonly string[] Overlays = ["cpu", "cuda", "s3-models", "dev"];

    [TestCaseSource(nameof(Overlays))]
    public void Overlay_Pod_IsConfinedProbedAndGivenTimeToStop(string overlay)
    {
        var text = Render(overlay);
        var pod = Manifest.Read<V1Deployment>(text).Single().Spec.Template.Spec;
        var settings = Manifest.Read<V1ConfigMap>(text).Single().Data;
        var server = pod.Containers.Single();

        Assert.Multiple(() =>
        {
            Assert.That(pod.SecurityContext.RunAsNonRoot, Is.True);
            Assert.That(pod.AutomountServiceAccountToken, Is.False);
            Assert.That(pod.TopologySpreadConstraints, Has.Count.EqualTo(2));
            foreach (var container in pod.Containers.Concat(pod.InitContainers ?? []))
            {
                Assert.That(container.SecurityContext.ReadOnlyRootFilesystem, Is.True, container.Name);
                Assert.That(container.SecurityContext.AllowPrivilegeEscalation, Is.False, container.Name);
                Assert.That(container.SecurityContext.Capabilities.Drop, Is.EqualTo(new[] { "ALL" }), container.Name);
                Assert.That(container.Resources.Requests.Keys, Does.Contain("cpu").And.Contain("memory"), container.Name);
                Assert.That(container.Resources.Limits.Keys, Does.Contain("memory"), container.Name);
            }

            Assert.That(server.StartupProbe.Grpc.Port, Is.EqualTo(8001));
            Assert.That(server.ReadinessProbe.Grpc.Port, Is.EqualTo(8001));
            Assert.That(server.LivenessProbe.HttpGet.Path, Is.EqualTo("/livez"));
            Assert.That(pod.TerminationGracePeriodSeconds, Is.GreaterThanOrEqualTo(Seconds("Grace") + Seconds("Drain") + StopSeconds));
            Assert.That(server.VolumeMounts.Select(m => m.Name), Is.SubsetOf(pod.Volumes.Select(v => v.Name)));
        });

        double Seconds(string name) => double.Parse(settings[$"Inference__Shutdown__{name}Seconds"], CultureInfo.InvariantCulture);
    }

    [TestCaseSource(nameof(Overlays))]
    public void Overlay_Selectors_FindThePod(string overlay)
    {
        var text = Render(overlay);
        var labels = Manifest.Read<V1Deployment>(text).Single().Spec.Template.Metadata.Labels;
        var selectors = Manifest.Read<V1Service>(text).Select(s => s.Spec.Selector)
            .Append(Manifest.Read<V1PodDisruptionBudget>(text).Single().Spec.Selector.MatchLabels)
            .Append(Manifest.Read<V1NetworkPolicy>(text).Single().Spec.PodSelector.MatchLabels).ToList();

        Assert.That(selectors, Has.Count.EqualTo(4));
        foreach (var selector in selectors)
            Assert.That(selector, Is.SubsetOf(labels));
    }

    [Test]
    public void Cuda_Pod_AsksForAGpuAndTheServerUsesIt()
    {
        var text = Render("cuda");
        var pod = Manifest.Read<V1Deployment>(text).Single().Spec.Template.Spec;

        Assert.Multiple(() =>
        {
            Assert.That(pod.Containers[0].Resources.Limits["nvidia.com/gpu"].ToString(), Is.EqualTo("1"));
            Assert.That(pod.Containers[0].Image, Is.EqualTo("inference:cuda"));
            Assert.That(pod.NodeSelector, Does.ContainKey("nvidia.com/gpu.present"));
            Assert.That(Manifest.Read<V1ConfigMap>(text).Single().Data["Inference__Execution__Device"], Is.EqualTo("cuda"));
        });
    }

    private static string Render(string overlay)
    {
        if (Tool.TryRun("kubectl", ["kustomize", DeployFolder.At("kubernetes", "overlays", overlay)]) is not { } result)
        {
            Assert.Ignore("kubectl is not installed, which renders the overlays.");
            return string.Empty;
        }

        Assert.That(result.ExitCode, Is.Zero, result.Error);
        return result.Output;
    }
}
