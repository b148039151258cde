namespace Inference.Deploy.Tests;

/// <summary>Files of the checkout that the tests were built from.</summary>
internal static class DeployFolder
{
    public static string Root { get; } = FindRoot();

    public static string At(params string[] parts) => Path.Combine([Root, "deploy", .. parts]);

    /// <summary>Manifests that go to a cluster, as paths relative to the folder.</summary>
    public static IEnumerable<string> Manifests =>
        new[] { "kubernetes", "kserve", "mesh" }
            .SelectMany(folder => Directory.EnumerateFiles(At(folder), "*.yaml", SearchOption.AllDirectories))
            .Append(At("prometheus", "podmonitor.yaml"))
            .Select(file => Path.GetRelativePath(At(), file))
            .Where(file => Path.GetFileName(file) is not ("kustomization.yaml" or "adapter-rules.yaml" or "envoy.yaml"))
            .Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Inference.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No Inference.sln above {AppContext.BaseDirectory}.");
    }
}
