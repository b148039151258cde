using System.Reflection;
using System.Reflection.Emit;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Tests.Plugins;

/// <summary>Makes assemblies that a plug-in's author could get wrong.</summary>
internal static class FaultyAssemblies
{
    /// <summary>A factory whose constructor takes a number.</summary>
    public static void WithoutPlainConstructor(string path) => Save(path, module => Factory(module, typeof(object), [typeof(int)]));

    /// <summary>A factory whose name is null.</summary>
    public static void WithoutName(string path) => Save(path, module => Factory(module, typeof(object), []));

    /// <summary>A factory that derives from a class of an assembly that is not there.</summary>
    public static void WithoutDependency(string path)
    {
        var missing = new PersistedAssemblyBuilder(new AssemblyName("Missing"), typeof(object).Assembly).DefineDynamicModule("Missing").DefineType("Base", TypeAttributes.Public);
        missing.DefineDefaultConstructor(MethodAttributes.Public);
        missing.CreateType();
        Save(path, module => Factory(module, missing, []));
    }

    /// <summary>A factory that derives from a class of a library that the server has and the plug-in does not bring.</summary>
    public static void WithoutLibrary(string path) => Save(path, module => Factory(module, typeof(YamlDotNet.Core.YamlException), []));

    private static void Save(string path, Action<ModuleBuilder> define)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var name = Path.GetFileNameWithoutExtension(path);
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(name), typeof(object).Assembly);
        define(assembly.DefineDynamicModule(name));
        assembly.Save(path);
    }

    private static void Factory(ModuleBuilder module, Type parent, Type[] parameters)
    {
        var type = module.DefineType("Faulty.Factory", TypeAttributes.Public | TypeAttributes.Class, parent, [typeof(IPreprocessorFactory)]);
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, parameters).GetILGenerator();
        constructor.Emit(OpCodes.Ret);
        foreach (var method in typeof(IPreprocessorFactory).GetMethods())
        {
            var body = type.DefineMethod(method.Name, MethodAttributes.Public | MethodAttributes.Virtual, method.ReturnType, [.. method.GetParameters().Select(p => p.ParameterType)]).GetILGenerator();
            body.Emit(OpCodes.Ldnull);
            body.Emit(OpCodes.Ret);
        }

        type.CreateType();
    }
}
