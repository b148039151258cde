using System.Globalization;
using Inference.Core.Configuration;
using k8s.Models;
using Microsoft.Extensions.Configuration;

namespace Inference.Deploy.Tests.Kubernetes;

/// <summary>What kubectl makes of each overlay.</summary>
internal sealed class OverlayTests
{
    // Cutting off takes up to three seconds and unloading five.
    private const int StopSeconds = 8;
    private static readonly string[] Overlays = ["cpu", "cuda", "s3-models", "tls", "dev"];

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

            // The kubelet's gRPC probe speaks no TLS.
            foreach (var probe in new[] { server.StartupProbe, server.ReadinessProbe })
            {
                Assert.That(probe.Grpc?.Port, overlay == "tls" ? Is.Null : Is.EqualTo(8001));
                Assert.That((probe.HttpGet?.Path, probe.HttpGet?.Scheme), Is.EqualTo(overlay == "tls" ? ("/readyz", "HTTPS") : (null, null)));
            }

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

    [Test]
    public void Tls_Settings_AreTakenAndAskClientsForCertificates()
    {
        var text = Render("tls");
        var pod = Manifest.Read<V1Deployment>(text).Single().Spec.Template.Spec;
        var settings = Manifest.Read<V1ConfigMap>(text).Single().Data.ToDictionary(d => d.Key.Replace("__", ":", StringComparison.Ordinal), d => (string?)d.Value);
        var options = OptionsBinder.Bind(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        var mount = pod.Containers[0].VolumeMounts.Single(m => m.Name == "tls").MountPath;

        Assert.Multiple(() =>
        {
            Assert.That(options.Server.AllowPlaintext, Is.False);
            Assert.That(options.Tls.ClientCertificates, Is.EqualTo("require"));
            Assert.That(new[] { options.Tls.CertificatePath, options.Tls.KeyPath, options.Tls.ClientCaPath }, Is.All.StartsWith(mount + "/"));
            Assert.That(pod.Containers[0].LivenessProbe.HttpGet.Scheme, Is.EqualTo("HTTPS"));
            Assert.That(Manifest.Read<V1Service>(text).Select(s => s.Spec.Ports.Single(p => p.Name == "grpc").AppProtocol), Is.All.EqualTo("https"));
        });
    }

    [Test]
    public void S3Models_Settings_AreTakenAndTheCacheFitsItsVolume()
    {
        var text = Render("s3-models");
        var pod = Manifest.Read<V1Deployment>(text).Single().Spec.Template.Spec;
        var settings = Manifest.Read<V1ConfigMap>(text).Single().Data.ToDictionary(d => d.Key.Replace("__", ":", StringComparison.Ordinal), d => (string?)d.Value);
        var repository = OptionsBinder.Bind(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).Repository;
        var mount = pod.Containers[0].VolumeMounts.Single(m => m.MountPath == repository.S3.CachePath);
        var volume = pod.Volumes.Single(v => v.Name == mount.Name).EmptyDir.SizeLimit;
        var ports = Manifest.Read<V1NetworkPolicy>(text).Single().Spec.Egress.SelectMany(e => e.Ports).Select(p => p.Port.Value);

        Assert.Multiple(() =>
        {
            Assert.That(repository.Path, Does.StartWith("s3://"));
            Assert.That(pod.InitContainers, Is.Null.Or.Empty);
            Assert.That(mount.ReadOnlyProperty, Is.Not.True);
            Assert.That((decimal)repository.S3.CacheBytes, Is.LessThan(volume.ToDecimal()));
            Assert.That(pod.Containers[0].Resources.Limits["ephemeral-storage"].ToDecimal(), Is.GreaterThan(volume.ToDecimal()));
            Assert.That(pod.Containers[0].EnvFrom.Select(e => e.ConfigMapRef?.Name ?? e.SecretRef.Name), Is.EquivalentTo(new[] { "inference", "inference-s3" }));
            Assert.That(Manifest.Read<V1ServiceAccount>(text).Single().Metadata.Annotations, Does.ContainKey("eks.amazonaws.com/role-arn"));
            Assert.That(ports, Is.EquivalentTo(new[] { "53", "53", "443" }));
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
