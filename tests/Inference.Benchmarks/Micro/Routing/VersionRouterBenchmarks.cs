using System.Collections.Frozen;
using BenchmarkDotNet.Attributes;
using Inference.Domain.Registry;
using Inference.Domain.Routing;

namespace Inference.Benchmarks.Micro.Routing;

/// <summary>From the words of a request to the entry of a pipeline, in a repository of ten models and of two thousand.</summary>
[MemoryDiagnoser]
public class VersionRouterBenchmarks
{
    private const string Name = "model-0";
    private readonly PipelineRegistry _registry = new();

    [Params(10, 2000)]
    public int Models { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var labels = new Dictionary<string, long> { ["stable"] = 2 }.ToFrozenDictionary();
        for (var i = 0; i < Models; i++)
        {
            var name = $"model-{i}";
            _registry.Publish(new ModelEntry(name, [.. Enumerable.Range(1, 3).Select(v => new PipelineEntry(new PipelineKey(name, v)))], labels, VersionRoute.Latest));
        }
    }

    [Benchmark]
    public void ResolveNumber() => Resolve("2", 2);

    [Benchmark]
    public void ResolveLabel() => Resolve("stable", 2);

    [Benchmark]
    public void ResolveDefaultRoute() => Resolve("", 3);

    private void Resolve(string version, long expected) =>
        Result.MustBe(expected, VersionRouter.Resolve(_registry.Get(Name), version, null).Key.Version);
}
