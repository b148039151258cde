using Inference.Core.Configuration;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Configuration;

namespace Inference.Deploy.Tests.Kubernetes;

internal sealed class ManifestTests
{
    private static IEnumerable<string> Manifests => DeployFolder.Manifests;

    [TestCaseSource(nameof(Manifests))]
    public void Manifest_EveryDocument_HasOnlyFieldsOfItsApi(string file)
    {
        var objects = Manifest.Read(File.ReadAllText(DeployFolder.At(file)));

        Assert.That(objects, Is.Not.Empty);
        Assert.That(objects.Cast<IKubernetesObject<V1ObjectMeta>>().Select(o => o.Metadata.Name), Has.All.Not.Empty);
    }

    [TestCase("kubernetes/base/deployment.yaml", "terminationGracePeriodSeconds", "terminationGracePeriod")]
    [TestCase("kubernetes/autoscaling/hpa.yaml", "averageValue", "average")]
    [TestCase("kserve/servingruntime.yaml", "protocolVersions", "protocols")]
    [TestCase("kserve/inferenceservice.yaml", "storageUri", "storageURL")]
    [TestCase("mesh/istio.yaml", "retryOn", "retryWhen")]
    public void Manifest_MistypedField_IsFound(string file, string right, string wrong)
    {
        var text = File.ReadAllText(DeployFolder.At(file));
        Assert.That(text, Does.Contain(right));

        Assert.That(() => Manifest.Read(text.Replace(right, wrong, StringComparison.Ordinal)), Throws.Exception);
    }

    [TestCaseSource(nameof(Manifests))]
    public void Settings_OfConfigMapsAndArguments_AreThoseOfTheServer(string file)
    {
        var settings = new Dictionary<string, string?>();
        foreach (var found in Manifest.Read(File.ReadAllText(DeployFolder.At(file))))
        {
            var arguments = (found as CustomResource<ServingRuntimeSpec>)?.Spec?.Containers?.SelectMany(c => c.Args) ?? [];
            foreach (var argument in arguments.Where(a => a.StartsWith("--", StringComparison.Ordinal) && a.Contains(':', StringComparison.Ordinal)))
                settings[$"Inference:{argument[2..argument.IndexOf('=')]}"] = argument[(argument.IndexOf('=') + 1)..];
            foreach (var (key, value) in (found as V1ConfigMap)?.Data ?? new Dictionary<string, string>())
                settings[key.Replace("__", ":", StringComparison.Ordinal)] = value;
        }

        Assert.That(() => OptionsBinder.Bind(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()), Throws.Nothing);
    }
}
