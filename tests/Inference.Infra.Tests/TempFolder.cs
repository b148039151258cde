using System.Text;

namespace Inference.Infra.Tests;

/// <summary>A folder of its own for one test, removed with everything in it.</summary>
internal sealed class TempFolder : IDisposable
{
    public TempFolder() => Path = Directory.CreateTempSubdirectory("inference-tests-").FullName;

    public string Path { get; }

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public TempFolder Folder(string name)
    {
        Directory.CreateDirectory(At(name));
        return this;
    }

    public TempFolder File(string name, string content = "") => File(name, Encoding.UTF8.GetBytes(content));

    public TempFolder File(string name, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(At(name))!);
        System.IO.File.WriteAllBytes(At(name), content);
        return this;
    }

    public TempFolder Link(string name, string target)
    {
        Directory.CreateSymbolicLink(At(name), target);
        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
