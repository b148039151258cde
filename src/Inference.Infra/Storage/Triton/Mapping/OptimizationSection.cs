using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary><c>optimization</c>: how much the graph is rewritten; accelerators of other kinds than the device are not used.</summary>
internal static class OptimizationSection
{
    private const string Key = "optimization";
    private const string Accelerators = "execution_accelerators";
    private const string Gpu = "gpu_execution_accelerator";
    private const string Cpu = "cpu_execution_accelerator";

    /// <summary>The options with what the section says instead.</summary>
    public static ExecutionOptions Read(ConfigContext config, ExecutionOptions options)
    {
        var section = config.Root.Section(Key);
        var level = section.Section("graph").Integer("level", 0, int.MinValue, int.MaxValue);
        foreach (var key in new[] { "cuda", "input_pinned_memory", "output_pinned_memory", "gather_kernel_buffer_threshold", "eager_batching", "priority" })
            config.Ignore("has no effect.", Key, key);
        var accelerators = section.Section(Accelerators);
        var cuda = options.Cuda;
        foreach (var accelerator in accelerators.Sections(Gpu))
        {
            var name = accelerator.Text("name", string.Empty);
            if (name == "cuda")
                cuda = CudaParameters(config, accelerator, cuda);
            else
                Unused(config, accelerator, $"the GPU accelerator {ErrorText.Quote(name)} is not used; on a GPU the model runs on CUDA as it is.", Gpu);
        }

        foreach (var accelerator in accelerators.Sections(Cpu))
            Unused(config, accelerator, $"the CPU accelerator {ErrorText.Quote(accelerator.Text("name", string.Empty))} is not used; the model runs on ONNX Runtime's own kernels.", Cpu);
        return options with { GraphOptimization = Level(level, options.GraphOptimization), Cuda = cuda };
    }

    private static void Unused(ConfigContext config, OptionReader accelerator, string why, string kind)
    {
        config.Warn($"{accelerator.Location}: {why}");
        config.Remove(Key, Accelerators, kind);
    }

    private static CudaOptions CudaParameters(ConfigContext config, OptionReader accelerator, CudaOptions cuda)
    {
        foreach (var (name, value) in accelerator.Find("parameters")?.Entries ?? [])
        {
            if (ParameterSection.TryCuda(name, value.Text, cuda) is { } changed)
                cuda = changed;
            else
                config.Warn($"{value.Location}: parameter {ErrorText.Quote(name)} of the CUDA accelerator is {ErrorText.Quote(value.Text)}, which has no effect.");
        }

        return cuda;
    }

    private static GraphOptimization Level(long level, GraphOptimization fallback) => level switch
    {
        -1 => GraphOptimization.Basic,
        1 => GraphOptimization.Extended,
        2 => GraphOptimization.None,
        _ => fallback,
    };
}
