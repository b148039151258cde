namespace Inference.Architecture.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

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
