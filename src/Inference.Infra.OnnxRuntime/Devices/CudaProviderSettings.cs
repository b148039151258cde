using System.Globalization;
using Inference.Domain.Execution;

namespace Inference.Infra.OnnxRuntime.Devices;

/// <summary>Options of ONNX Runtime's CUDA execution provider, as it names and writes them.</summary>
internal static class CudaProviderSettings
{
    /// <summary>Pure, so that it can be tested without a GPU.</summary>
    public static Dictionary<string, string> Create(int deviceIndex, CudaOptions options)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["device_id"] = Text(deviceIndex),
            ["arena_extend_strategy"] = options.ArenaStrategy == CudaArenaStrategy.NextPowerOfTwo ? "kNextPowerOfTwo" : "kSameAsRequested",
            ["cudnn_conv_algo_search"] = options.CudnnSearch switch
            {
                CudnnSearch.Exhaustive => "EXHAUSTIVE",
                CudnnSearch.Heuristic => "HEURISTIC",
                _ => "DEFAULT",
            },
            ["enable_cuda_graph"] = Flag(options.Graphs),
            ["use_tf32"] = Flag(options.Tf32),
        };
        if (options.MemoryLimitBytes > 0)
            settings["gpu_mem_limit"] = Text(options.MemoryLimitBytes);
        return settings;
    }

    private static string Flag(bool value) => value ? "1" : "0";

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
