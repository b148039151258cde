using System.Globalization;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary><c>parameters</c>: those of the ONNX Runtime backend, and <see cref="LoadingParameters"/>. Others have no effect and are warned of.</summary>
internal static class ParameterSection
{
    public const string Key = "parameters";
    private const int MaxThreads = 1_024;

    private static readonly string[] Known =
        ["intra_op_thread_count", "inter_op_thread_count", "execution_mode", "enable_mem_arena", "enable_mem_pattern", "cudnn_conv_algo_search", "gpu_mem_limit", "arena_extend_strategy", LoadingParameters.Loading, LoadingParameters.Pinned];

    /// <summary>The options with what the parameters say instead.</summary>
    public static ExecutionOptions Read(ConfigContext config, ExecutionOptions options)
    {
        if (config.Root.Find(Key) is not { } section)
            return options;
        var held = new List<KeyValuePair<string, OptionNode>>();
        foreach (var entry in section.Entries)
        {
            var (name, parameter) = entry;
            var value = Value(parameter);
            if (LoadingParameters.Apply(name, value, new ModelManifest()) is not null)
            {
                held.Add(entry);
                continue;
            }

            if (Apply(name, value, options) is { } changed)
            {
                options = changed;
                held.Add(entry);
                continue;
            }

            var why = Known.Contains(name) ? $"{ErrorText.Quote(value)} has no effect; {Expected(name)}." : $"is not known and has no effect; known: {string.Join(", ", Known)}.{NearestName.Hint(name, Known)}";
            config.Warn($"{parameter.Location}: parameter {ErrorText.Quote(name)} {why}");
        }

        config.Set(Key, OptionNode.Section(held, section.Location));
        return options;
    }

    /// <summary>What a parameter says; empty for nothing.</summary>
    public static string Value(OptionNode parameter) => parameter.Entries.FirstOrDefault(e => e.Key == "string_value").Value?.Text ?? string.Empty;

    /// <summary>The options of a CUDA device with that parameter; null where it is none, or its value is.</summary>
    public static CudaOptions? TryCuda(string name, string value, CudaOptions cuda) => (name, value) switch
    {
        ("cudnn_conv_algo_search", "0" or "EXHAUSTIVE") => cuda with { CudnnSearch = CudnnSearch.Exhaustive },
        ("cudnn_conv_algo_search", "1" or "HEURISTIC") => cuda with { CudnnSearch = CudnnSearch.Heuristic },
        ("cudnn_conv_algo_search", "2" or "DEFAULT") => cuda with { CudnnSearch = CudnnSearch.Default },
        ("arena_extend_strategy", "0" or "kNextPowerOfTwo") => cuda with { ArenaStrategy = CudaArenaStrategy.NextPowerOfTwo },
        ("arena_extend_strategy", "1" or "kSameAsRequested") => cuda with { ArenaStrategy = CudaArenaStrategy.SameAsRequested },
        ("gpu_mem_limit", _) when ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) =>
            cuda with { MemoryLimitBytes = bytes > long.MaxValue ? 0 : (long)bytes },
        ("use_tf32", "0" or "1") => cuda with { Tf32 = value == "1" },
        _ => null,
    };

    private static ExecutionOptions? Apply(string name, string value, ExecutionOptions options) => (name, value) switch
    {
        ("intra_op_thread_count", _) when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads <= MaxThreads =>
            options with { IntraOpThreads = threads },
        ("execution_mode", "0") => options,

        // Runs are sequential, for which the runtime takes no threads between operators.
        ("inter_op_thread_count", "0" or "1") => options,
        ("enable_mem_arena", "0" or "1") => options with { MemoryArena = value == "1" },
        ("enable_mem_pattern", "1") => options,
        _ => TryCuda(name, value, options.Cuda) is { } cuda ? options with { Cuda = cuda } : null,
    };

    private static string Expected(string name) => name switch
    {
        "intra_op_thread_count" => $"expected a number of threads from 0 to {MaxThreads}",
        "inter_op_thread_count" => "operators run one after the other, each on several threads",
        "execution_mode" => "operators run one after the other (0)",
        "enable_mem_arena" => "expected 0 or 1",
        "enable_mem_pattern" => "memory patterns are used where every run has the same shapes",
        "cudnn_conv_algo_search" => "expected 0, 1 or 2",
        "arena_extend_strategy" => "expected 0 or 1",
        LoadingParameters.Loading => "expected lazy or eager",
        LoadingParameters.Pinned => "expected true or false",
        _ => "expected a number of bytes",
    };
}
