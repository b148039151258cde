using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Inference.Architecture.Tests;

/// <summary>Holds rules on the source tree that the compiler does not know.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] TopLevel =
        ["README.md", "Inference.sln", "protos", "src", "tests", "deploy", "global.json", "Directory.Build.props", "Directory.Packages.props"];

    private static readonly string[] Drawers = ["Utilities", "Utils", "Helpers", "Common", "Shared", "Misc"];

    private static IEnumerable<string> SourceFiles =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal));

    [Test]
    public void TopLevel_Entries_AreTheAgreedOnes()
    {
        var entries = Directory.EnumerateFileSystemEntries(Repository.Root)
            .Select(Path.GetFileName)
            .Where(e => !e!.StartsWith('.') && e is not ("artifacts" or "TestResults"));

        Assert.That(entries, Is.EquivalentTo(TopLevel));
    }

    [Test]
    public void SourceFiles_Length_IsAtMost400Lines() =>
        Assert.That(SourceFiles.Where(f => File.ReadLines(f).Count() > 400), Is.Empty);

    [Test]
    public void SourceFolders_Names_AreNotDrawers() =>
        Assert.That(SourceFiles.SelectMany(f => f.Split('/')).Distinct().Intersect(Drawers), Is.Empty);

    [Test]
    public void DomainSource_Project_ReferencesNothing()
    {
        var project = File.ReadAllText(Path.Combine(Repository.Root, "src", "Inference.Domain", "Inference.Domain.csproj"));

        Assert.That(project, Does.Not.Match(@"<(PackageReference|ProjectReference|FrameworkReference) "));
    }

    [Test]
    public void RpcException_MadeOnlyIn_TheErrorInterceptor()
    {
        var makers = SourceFiles.Where(f => f.Contains("Inference.Adapters.Grpc/", StringComparison.Ordinal) && NewRpcException().IsMatch(File.ReadAllText(f)));

        Assert.That(makers.Select(Path.GetFileName), Is.SubsetOf(new[] { "ErrorInterceptor.cs", "RpcErrors.cs" }));
    }

    [GeneratedRegex(@"new RpcException\(")]
    private static partial Regex NewRpcException();
}
