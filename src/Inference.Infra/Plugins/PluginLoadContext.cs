using System.Reflection;
using System.Runtime.Loader;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Plugins;

/// <summary>
/// Where one plug-in's assemblies live. Shares Inference.Domain and the .NET libraries with the server and nothing else,
/// so that a plug-in's own versions of libraries never meet the server's. Can be unloaded.
/// </summary>
internal sealed class PluginLoadContext(string assemblyPath) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(assemblyPath), isCollectible: true)
{
    private static readonly string Domain = typeof(IPreprocessorFactory).Assembly.GetName().Name!;
    private static readonly string[] Framework = ["System", "mscorlib", "netstandard", "Microsoft.CSharp", "Microsoft.VisualBasic.Core"];
    private readonly AssemblyDependencyResolver _resolver = new(assemblyPath);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var name = assemblyName.Name ?? string.Empty;
        if (name == Domain || Framework.Contains(name) || name.StartsWith("System.", StringComparison.Ordinal))
            return null;
        return _resolver.ResolveAssemblyToPath(assemblyName) is { } path
            ? LoadFromAssemblyPath(path)
            : throw new FileNotFoundException("Without this the server's own assembly would be taken.", name);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : nint.Zero;
}
