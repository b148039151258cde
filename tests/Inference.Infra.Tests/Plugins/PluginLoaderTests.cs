using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Infra.Components;
using Inference.Infra.Plugins;
using static Inference.Infra.Tests.Components.ComponentHost;

namespace Inference.Infra.Tests.Plugins;

internal sealed class PluginLoaderTests
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "plugins");

    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Load_SamplePlugin_BringsComponentsThatWork()
    {
        using var plugin = PluginLoader.Load(Sample).Single();
        Assert.That(plugin.Name, Is.EqualTo("Inference.SamplePlugin"));
        var catalogue = new ComponentCatalogue([.. BuiltInComponents.Preprocessors, .. plugin.Preprocessors], [.. BuiltInComponents.Postprocessors, .. plugin.Postprocessors]);

        var clip = Preprocessor(catalogue.Preprocessor("sample.clip", default), Spec("x", TensorType.Float32, -1), "{ minimum: 0, maximum: 1 }");
        using var clipped = clip.Process(new TensorSet().With("x", -3f, 0.5f, 7f));
        Assert.That(clipped.Floats("x"), Is.EqualTo(new[] { 0, 0.5f, 1 }));

        var count = Postprocessor(catalogue.Postprocessor("sample.count", default), Spec("y", TensorType.Float32, -1), "{}");
        using var counted = count.Process(new TensorSet().With("y", 1f, 2f));
        Assert.That(counted.Get("y").AsSpan<long>()[0], Is.EqualTo(2));
    }

    [Test]
    public void Load_SamplePlugin_ReportsMistakesAsBuiltInComponentsDo()
    {
        using var plugin = PluginLoader.Load(Sample).Single();
        Assert.That(
            Mistakes(() => Preprocessor(plugin.Preprocessors.Single(), Spec("x", TensorType.Float32, -1), "minimun: 0")).Single(),
            Is.EqualTo("m/1/pipeline.yaml:1: key 'minimun' is not known; known here: minimum, maximum. Did you mean 'minimum'?"));
    }

    [Test]
    public void Load_SamplePlugin_IsApartFromTheServerButSharesTheDomain()
    {
        using var plugin = PluginLoader.Load(Sample).Single();
        var context = AssemblyLoadContext.GetLoadContext(plugin.Preprocessors.Single().GetType().Assembly)!;
        Assert.That((context.IsCollectible, context == AssemblyLoadContext.Default), Is.EqualTo((true, false)));
        Assert.That(context.Assemblies.Select(a => a.GetName().Name), Is.EqualTo(new[] { "Inference.SamplePlugin" }));
    }

    [Test]
    public void Dispose_SamplePlugin_LetsItsAssembliesGo()
    {
        var context = LoadAndDispose();
        for (var i = 0; i < 20 && context.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.That(context.IsAlive, Is.False);
    }

    [Test]
    public void Load_EmptyOrHiddenFolders_LoadsNothing() => Assert.That(PluginLoader.Load(_folder.Folder(".git").File("README.md").Path), Is.Empty);

    [Test]
    public void Load_NoFolder_IsRefusedWithTheSetting() =>
        Assert.That(Refusal(ErrorCode.LoadFailed, () => PluginLoader.Load(_folder.At("gone"))), Does.Contain("cannot be read").And.Contain("Set Inference:Plugins:Path"));

    [Test]
    public void Load_EveryFault_IsToldByPluginTogether()
    {
        _folder.Folder("Empty").File("Text/Text.dll", "no assembly").File("Yaml/Yaml.dll", File.ReadAllBytes(typeof(YamlDotNet.Core.Parser).Assembly.Location));
        FaultyAssemblies.WithoutPlainConstructor(_folder.At("Constructor/Constructor.dll"));
        FaultyAssemblies.WithoutDependency(_folder.At("Dependency/Dependency.dll"));
        FaultyAssemblies.WithoutLibrary(_folder.At("Library/Library.dll"));
        FaultyAssemblies.WithoutName(_folder.At("Unnamed/Unnamed.dll"));
        var text = Refusal(ErrorCode.LoadFailed, () => PluginLoader.Load(_folder.Path));
        Assert.That(text, Does.Contain("plug-in 'Empty' cannot be used: the file Empty.dll is not in its folder."));
        Assert.That(text, Does.Contain("plug-in 'Text' cannot be used: its file is not a .NET assembly that this system can load."));
        Assert.That(text, Does.Contain("plug-in 'Yaml' cannot be used: it has no public class that implements IPreprocessorFactory or IPostprocessorFactory."));
        Assert.That(text, Does.Contain("plug-in 'Constructor' cannot be used: Faulty.Factory has no public constructor without parameters."));
        Assert.That(text, Does.Contain("plug-in 'Dependency' cannot be used: it needs the assembly Missing, which is not in its folder; of the server's assemblies a plug-in may use Inference.Domain only."));
        Assert.That(text, Does.Contain("plug-in 'Library' cannot be used: it needs the assembly YamlDotNet, which is not in its folder"));
        Assert.That(text, Does.Contain("plug-in 'Unnamed' cannot be used: Faulty.Factory has no name."));
        Assert.That(text, Does.EndWith($"Mend it, or take its folder out of {ErrorText.Quote(_folder.Path)}."));
    }

    // In a method of its own, so that nothing on the caller's stack keeps the plug-in alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference LoadAndDispose()
    {
        using var plugin = PluginLoader.Load(Sample).Single();
        return new WeakReference(AssemblyLoadContext.GetLoadContext(plugin.Preprocessors.Single().GetType().Assembly));
    }
}
