namespace Inference.Functional.Tests.Hosting;

/// <summary>A model repository of the test's own, put together from others; deleted at the end.</summary>
internal sealed class TemporaryRepository : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("inference-models-").FullName;

    /// <summary>Copies a model folder, under another name where one is given.</summary>
    public TemporaryRepository Copy(string repository, string model, string? name = null)
    {
        var source = System.IO.Path.Combine(repository, model);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = System.IO.Path.Combine(Path, name ?? model, System.IO.Path.GetRelativePath(source, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return this;
    }

    /// <summary>Writes a text file, such as a manifest.</summary>
    public TemporaryRepository Write(string path, string text)
    {
        var target = System.IO.Path.Combine(Path, path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        File.WriteAllText(target, text);
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
