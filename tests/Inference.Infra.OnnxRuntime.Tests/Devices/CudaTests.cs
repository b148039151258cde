using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Devices;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

[TestFixture]
internal sealed class CudaTests
{
    private static bool HasProvider => OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider");

    [Test]
    public void Create_Defaults_AsTheProviderNamesThem() =>
        Assert.That(CudaProviderSettings.Create(2, new CudaOptions()), Is.EquivalentTo(new Dictionary<string, string>
        {
            ["device_id"] = "2",
            ["arena_extend_strategy"] = "kNextPowerOfTwo",
            ["cudnn_conv_algo_search"] = "EXHAUSTIVE",
            ["enable_cuda_graph"] = "0",
            ["use_tf32"] = "1",
        }));

    [Test]
    public void Create_EveryOption_IsPassedOn()
    {
        var settings = CudaProviderSettings.Create(0, new CudaOptions
        {
            MemoryLimitBytes = 4L << 30,
            ArenaStrategy = CudaArenaStrategy.SameAsRequested,
            CudnnSearch = CudnnSearch.Heuristic,
            Graphs = true,
            Tf32 = false,
        });
        Assert.Multiple(() =>
        {
            Assert.That(settings["gpu_mem_limit"], Is.EqualTo("4294967296"));
            Assert.That(settings["arena_extend_strategy"], Is.EqualTo("kSameAsRequested"));
            Assert.That(settings["cudnn_conv_algo_search"], Is.EqualTo("HEURISTIC"));
            Assert.That(settings["enable_cuda_graph"], Is.EqualTo("1"));
            Assert.That(settings["use_tf32"], Is.EqualTo("0"));
        });
        Assert.That(CudaProviderSettings.Create(0, new CudaOptions { CudnnSearch = CudnnSearch.Default })["cudnn_conv_algo_search"], Is.EqualTo("DEFAULT"));
    }

    [Test]
    public void Load_CudaInACpuBuild_LoadFailedWithTheReason()
    {
        if (HasProvider)
            Assert.Ignore("this build has CUDA");
        var error = Assert.Throws<InferenceException>(() => Runtime.Load(Runtime.Stored("dense"), On(DeviceKind.Cuda, 1)))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
            Assert.That(error.Message, Does.Contain("device cuda:1 cannot be had").And.Contain("OnnxRuntimeFlavor=cuda"));
        });
    }

    [Test]
    public async Task Load_AutoInACpuBuild_RunsOnTheCpuAndSaysSoOnce()
    {
        if (HasProvider)
            Assert.Ignore("this build has CUDA");
        await using var first = Runtime.Load(Runtime.Stored("dense"), On(DeviceKind.Auto)).Executor;
        await using var second = Runtime.Load(Runtime.Stored("dense"), On(DeviceKind.Auto)).Executor;
        Assert.Multiple(() =>
        {
            Assert.That(first.Info.Device, Is.EqualTo("cpu"));
            Assert.That(first.Info.Fallback, Does.Contain("CPUExecutionProvider"));
            Assert.That(second.Info.Fallback, Is.EqualTo(first.Info.Fallback));
            Assert.That(Runtime.Log.Lines.Count(l => l.Level == LogLevel.Warning && l.Text.Contains("Device auto runs on cpu", StringComparison.Ordinal)), Is.EqualTo(1));
        });
        using var inputs = new TensorSet().Add("x", Tensor.From<float>(TensorType.Float32, TensorShape.Of(1, 32), new float[32]));
        using var outputs = await first.ExecuteAsync(inputs, Runtime.Context());
        Assert.That(outputs.Get("y").Shape, Is.EqualTo(TensorShape.Of(1, 4)));
    }

    [Test]
    [Category("Gpu")]
    public void Load_CudaGraphs_RefusedInsteadOfStaleAnswers()
    {
        if (!HasProvider)
            Assert.Ignore("needs the CUDA build (OnnxRuntimeFlavor=cuda)");
        var error = Assert.Throws<InferenceException>(() => Runtime.Load(Runtime.Stored("dense"), On(DeviceKind.Cuda) with { Cuda = new CudaOptions { Graphs = true } }))!;
        Assert.That(error.Message, Does.Contain("execution.cuda.graphs"));
    }

    [Test]
    [Category("Gpu")]
    public async Task ExecuteAsync_OnCuda_SameAnswersAsOnTheCpu([Values(1, 2)] int lanes)
    {
        if (!HasProvider)
            Assert.Ignore("needs the CUDA build (OnnxRuntimeFlavor=cuda) and an NVIDIA GPU");
        await using var cpu = Runtime.Load(Runtime.Stored("dense")).Executor;
        await using var cuda = Runtime.Load(Runtime.Stored("dense"), On(DeviceKind.Cuda) with { Lanes = lanes, Cuda = new CudaOptions { Tf32 = false } }).Executor;
        Assert.That(cuda.Info.Device, Is.EqualTo("cuda:0"));
        await Task.WhenAll(Enumerable.Range(1, 40).Select(async seed =>
        {
            var random = new Random(seed);
            var rows = 1 + (seed % 5);
            using var inputs = Runtime.Floats("x", TensorShape.Of(rows, 32), [.. Enumerable.Range(0, rows * 32).Select(_ => random.NextSingle())]);
            using var expected = await cpu.ExecuteAsync(inputs, Runtime.Context(rows));
            using var got = await cuda.ExecuteAsync(inputs, Runtime.Context(rows));
            Assert.That(got.Get("y").AsSpan<float>().ToArray(), Is.EqualTo(expected.Get("y").AsSpan<float>().ToArray()).Within(1e-4f));
        }));
    }

    private static ExecutionOptions On(DeviceKind kind, int index = 0) => new() { Device = new DeviceRequest(kind, index) };
}
