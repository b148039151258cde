using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Manifests;

/// <summary>Reads the <c>execution</c> section of <c>pipeline.yaml</c>.</summary>
internal static class ExecutionManifestReader
{
    private const int MaxLanes = 1_024;
    private const int MaxThreads = 1_024;
    private const int MaxWeight = 1_000;

    /// <summary>The defaults with what the section says instead.</summary>
    public static ExecutionOptions Read(OptionReader section, ExecutionOptions defaults) => defaults with
    {
        Device = Device(section, defaults.Device),
        Lanes = (int)section.Integer("lanes", defaults.Lanes, 1, MaxLanes),
        Weight = (int)section.Integer("weight", defaults.Weight, 1, MaxWeight),
        IntraOpThreads = (int)section.Integer("intra_op_threads", defaults.IntraOpThreads, 0, MaxThreads),
        GraphOptimization = section.Choice(
            "graph_optimization",
            defaults.GraphOptimization,
            ("none", GraphOptimization.None),
            ("basic", GraphOptimization.Basic),
            ("extended", GraphOptimization.Extended),
            ("all", GraphOptimization.All)),
        MemoryArena = section.Flag("memory_arena", defaults.MemoryArena),
        Cuda = Cuda(section.Section("cuda"), defaults.Cuda),
    };

    /// <summary>Reports keys that stood in this section once, with what stands in their place.</summary>
    public static void CheckOldKeys(OptionNode root, OptionReader section)
    {
        // Looked for beside the reader, to which it would become a known key.
        if (root.Entries.Any(e => e.Key == "execution" && e.Value.Entries.Any(k => k.Key == "max_queued")))
            section.Error("max_queued", "is no key of this section any more; give queue.max_rows, which counts rows instead of requests.");
    }

    private static DeviceRequest Device(OptionReader section, DeviceRequest fallback)
    {
        var text = section.Text("device", fallback.ToString());
        if (DeviceRequest.TryParse(text, out var device))
            return device;

        // A list or section in its place has been reported by Text.
        if (section.Find("device") is { Kind: OptionKind.Scalar })
            section.Error("device", $"is {ErrorText.Quote(text)}; expected cpu, cuda, cuda:N or auto.");
        return fallback;
    }

    private static CudaOptions Cuda(OptionReader section, CudaOptions defaults) => defaults with
    {
        MemoryLimitBytes = section.Integer("memory_limit_bytes", defaults.MemoryLimitBytes, 0),
        ArenaStrategy = section.Choice(
            "arena_strategy",
            defaults.ArenaStrategy,
            ("next_power_of_two", CudaArenaStrategy.NextPowerOfTwo),
            ("same_as_requested", CudaArenaStrategy.SameAsRequested)),
        CudnnSearch = section.Choice(
            "cudnn_search",
            defaults.CudnnSearch,
            ("exhaustive", CudnnSearch.Exhaustive),
            ("heuristic", CudnnSearch.Heuristic),
            ("default", CudnnSearch.Default)),
        Graphs = section.Flag("graphs", defaults.Graphs),
        Tf32 = section.Flag("tf32", defaults.Tf32),
    };
}
