using System.Reflection;
using NUnit.Framework;

namespace Inference.Architecture.Tests;

/// <summary>Holds the reference table on what was really compiled.</summary>
public sealed class ReferenceTests
{
    private static readonly string[] Projects =
    [
        "Inference.Domain", "Inference.Core", "Inference.Services", "Inference.Infra", "Inference.Infra.OnnxRuntime",
        "Inference.Adapters.Grpc", "Inference.Adapters.Http", "Inference.Adapters.Cli", "inference",
    ];

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Inference.Domain"] = [],
        ["Inference.Core"] = [],
        ["Inference.Services"] = ["Inference.Domain", "Inference.Core"],
        ["Inference.Infra"] = ["Inference.Domain", "Inference.Core"],
        ["Inference.Infra.OnnxRuntime"] = ["Inference.Domain", "Inference.Core"],
        ["Inference.Adapters.Grpc"] = ["Inference.Services", "Inference.Domain", "Inference.Core"],
        ["Inference.Adapters.Http"] = ["Inference.Services", "Inference.Domain", "Inference.Core"],
        ["Inference.Adapters.Cli"] = ["Inference.Services", "Inference.Domain", "Inference.Core"],
        ["inference"] = [.. Projects],
    };

    // Packages of each kind may be used in these assemblies only.
    private static readonly (string Package, string[] Owners)[] Owned =
    [
        ("Microsoft.ML.OnnxRuntime", ["Inference.Infra.OnnxRuntime"]),
        ("Google.Protobuf", ["Inference.Adapters.Grpc", "Inference.Adapters.Cli"]),
        ("Grpc.", ["Inference.Adapters.Grpc", "Inference.Adapters.Cli", "inference"]),
        ("Prometheus.", ["Inference.Adapters.Http"]),
        ("Microsoft.AspNetCore", ["Inference.Adapters.Grpc", "Inference.Adapters.Http", "inference"]),
        ("AWSSDK.", ["Inference.Infra"]),
        ("OpenTelemetry", ["Inference.Infra"]),
        ("YamlDotNet", ["Inference.Infra"]),
        ("SkiaSharp", ["Inference.Infra"]),
        ("System.CommandLine", ["Inference.Adapters.Cli"]),
    ];

    [TestCaseSource(nameof(Projects))]
    public void Assembly_ProjectReferences_AreInTheTable(string name)
    {
        var ours = References(name).Where(r => Projects.Contains(r));

        Assert.That(ours, Is.SubsetOf(Allowed[name]));
    }

    [TestCaseSource(nameof(Projects))]
    public void Assembly_PackageReferences_StayWithTheirOwner(string name)
    {
        var strayed = from reference in References(name)
                      from owned in Owned
                      where reference.StartsWith(owned.Package, StringComparison.Ordinal) && !owned.Owners.Contains(name)
                      select reference;

        Assert.That(strayed, Is.Empty);
    }

    [Test]
    public void Domain_References_TheFrameworkOnly() =>
        Assert.That(References("Inference.Domain"), Has.All.StartsWith("System."));

    [TestCase("Inference.Core")]
    [TestCase("Inference.Services")]
    public void InnerAssembly_References_FrameworkAbstractionsAndOurs(string name) =>
        Assert.That(References(name).Where(r => !Projects.Contains(r)), Has.All.StartsWith("System.").Or.StartsWith("Microsoft.Extensions."));

    [Test]
    public void Server_TypesThatNameInfra_AreTheCompositionRootOnly()
    {
        var infra = new[] { "Inference.Infra", "Inference.Infra.OnnxRuntime" };
        var strayed = TypesWithFieldsOrSignaturesOf(Load("inference"), infra).Where(t => !t.FullName!.Contains("CompositionRoot", StringComparison.Ordinal));

        Assert.That(strayed, Is.Empty);
    }

    [Test]
    public void ServerProject_Files_AreTheAgreedOnes()
    {
        var folder = Path.Combine(Repository.Root, "src", "Inference.Server");
        var files = Directory.EnumerateFiles(folder).Select(Path.GetFileName);

        Assert.That(files, Is.EquivalentTo(new[] { "Inference.Server.csproj", "Program.cs", "CompositionRoot.cs", "appsettings.json", "packages.lock.json" }));
    }

    private static Assembly Load(string name) => Assembly.Load(new AssemblyName(name));

    private static IEnumerable<string> References(string name) => Load(name).GetReferencedAssemblies().Select(r => r.Name!);

    private static IEnumerable<Type> TypesWithFieldsOrSignaturesOf(Assembly assembly, string[] owners)
    {
        const BindingFlags all = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        bool Foreign(Type type) => owners.Contains(type.Assembly.GetName().Name);
        return assembly.GetTypes().Where(t =>
            t.GetFields(all).Any(f => Foreign(f.FieldType))
            || t.GetMethods(all).Any(m => Foreign(m.ReturnType) || m.GetParameters().Any(p => Foreign(p.ParameterType))));
    }
}
