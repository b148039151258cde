using System.Reflection;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Plugins;

/// <summary>Loads one plug-in and makes its factories.</summary>
internal static class PluginReader
{
    /// <summary>The plug-in in a folder.</summary>
    /// <exception cref="PluginException">It cannot be used.</exception>
    public static Plugin Read(string folder)
    {
        var name = Path.GetFileName(folder);
        var path = Path.Combine(folder, name + ".dll");
        if (!File.Exists(path))
            throw new PluginException($"the file {name}.dll is not in its folder");
        var context = new PluginLoadContext(path);
        try
        {
            var types = context.LoadFromAssemblyPath(path).GetExportedTypes().Where(t => t is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }).ToList();
            var preprocessors = Make<IPreprocessorFactory>(types, f => f.Name);
            var postprocessors = Make<IPostprocessorFactory>(types, f => f.Name);
            if (preprocessors.Count + postprocessors.Count == 0)
                throw new PluginException($"it has no public class that implements {nameof(IPreprocessorFactory)} or {nameof(IPostprocessorFactory)}");
            return new Plugin(context, preprocessors, postprocessors);
        }
        catch (PluginException)
        {
            context.Unload();
            throw;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException or TypeLoadException or ReflectionTypeLoadException or MissingMemberException)
        {
            context.Unload();
            throw new PluginException(Reason(e), e);
        }
    }

    private static List<T> Make<T>(IEnumerable<Type> types, Func<T, string> name)
        where T : class
    {
        var made = new List<T>();
        foreach (var type in types.Where(typeof(T).IsAssignableFrom))
        {
            if (type.GetConstructor(Type.EmptyTypes) is null)
                throw new PluginException($"{type} has no public constructor without parameters");
            made.Add(Make(type, name));
        }

        return made;
    }

    // What a plug-in's own code throws is its author's to read, whatever it is.
    private static T Make<T>(Type type, Func<T, string> name)
        where T : class
    {
        try
        {
            var factory = (T)Activator.CreateInstance(type)!;
            return string.IsNullOrEmpty(name(factory)) ? throw new PluginException($"{type} has no name") : factory;
        }
        catch (Exception e) when (e is not PluginException)
        {
            var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            throw new PluginException($"{type} cannot be made: {cause.GetType().Name}: {cause.Message}", e);
        }
    }

    private static string Reason(Exception e) => e switch
    {
        BadImageFormatException => "its file is not a .NET assembly that this system can load",
        FileNotFoundException { FileName: { } assembly } => $"it needs the assembly {assembly.Split(',')[0]}, which is not in its folder; of the server's assemblies a plug-in may use Inference.Domain only",
        _ => e.Message,
    };
}
