namespace Inference.Functional.Tests.Hosting;

/// <summary>Folders of the checkout that the tests were built from.</summary>
internal static class RepositoryPaths
{
    public static string Root { get; } = FindRoot();

    public static string SampleModels => Path.Combine(Root, "deploy", "models");

    public static string TestModels => Path.Combine(Root, "tests", "models", "repository");

    public static string TritonModels => Path.Combine(Root, "tests", "models", "triton");

    public static string BrokenModels => Path.Combine(Root, "tests", "models", "broken");

    public static string HeldOut => Path.Combine(Root, "tests", "models", "heldout");

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
