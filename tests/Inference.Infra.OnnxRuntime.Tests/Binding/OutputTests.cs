using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Sessions;
using Inference.Infra.OnnxRuntime.Tests.Models;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Tests.Binding;

[TestFixture]
internal sealed class OutputTests
{
    [Test]
    public async Task ExecuteAsync_TwoInputsAndOutputs_OutputsInTheSpecsOrder()
    {
        var loaded = Runtime.Load(Runtime.Stored("sum_product"));
        await using var executor = loaded.Executor;
        using var inputs = Runtime.Floats("b", TensorShape.Of(1, 3), 4, 5, 6);
        inputs.Add("a", Tensor.From<float>(TensorType.Float32, TensorShape.Of(1, 3), [1, 2, 3]));
        using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context());
        Assert.Multiple(() =>
        {
            Assert.That(outputs.Select(o => o.Name), Is.EqualTo(new[] { "sum", "product" }));
            Assert.That(outputs[0].Tensor.AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 5, 7, 9 }));
            Assert.That(outputs[1].Tensor.AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 4, 10, 18 }));
        });
    }

    [Test]
    public async Task ExecuteAsync_MixedTypes_EachComesBack()
    {
        var loaded = Runtime.Load(Runtime.Stored("mixed"));
        await using var executor = loaded.Executor;
        using var inputs = Runtime.Floats("numbers", TensorShape.Of(2, 3), 1, 2, 3, 4, 5, 6);
        inputs.Add("counts", Tensor.From<long>(TensorType.Int64, TensorShape.Of(2), [long.MinValue, 7]));
        var words = new BytesTensorBuilder();
        foreach (var word in new[] { "", "a", "ä\0b", "d", "e", "f", "g", "h" })
            words.Add(word);
        inputs.Add("words", words.Build(TensorShape.Of(2, 2, 2)));
        using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context());
        foreach (var input in inputs)
            Assert.That(outputs.Get(input.Name + "_out").Data.ToArray(), Is.EqualTo(input.Tensor.Data.ToArray()), input.Name);
    }

    [Test]
    public async Task ExecuteAsync_OutputsOfOneRun_StayWhenTheNextRuns()
    {
        var loaded = Runtime.Load(Runtime.Stored("fixed"));
        await using var executor = loaded.Executor;
        using var first = await Negate(executor, 1);
        using var second = await Negate(executor, 2);
        Assert.Multiple(() =>
        {
            Assert.That(first.Get("y").AsSpan<float>()[0], Is.EqualTo(-1));
            Assert.That(second.Get("y").AsSpan<float>()[0], Is.EqualTo(-2));
        });
    }

    [Test]
    public async Task DisposeAsync_OutputsStillHeld_TheyStayReadable()
    {
        const int Length = 1 << 20;
        using var folder = new TemporaryFolder();
        var constant = Enumerable.Range(0, Length).Select(i => (float)i).ToArray();
        var path = folder.Write("model.onnx", Onnx.Model(g => g
            .Node("Neg", ["x"], ["y"])
            .Initializer(t => Onnx.Floats(t, "constant", constant))
            .Input("x", Onnx.Float, 1)
            .Output("y", Onnx.Float, 1)
            .Output("constant", Onnx.Float, Length)));
        var loaded = Runtime.Load(path);
        using var inputs = Runtime.Floats("x", TensorShape.Of(1), 3);
        var outputs = await loaded.Executor.ExecuteAsync(inputs, Runtime.Context());
        await loaded.Executor.DisposeAsync();
        Assert.That(outputs.Get("constant").AsSpan<float>().SequenceEqual(constant), Is.True);
        Assert.That(outputs.Get("y").AsSpan<float>()[0], Is.EqualTo(-3));
        var memory = outputs.Get("y").Data;
        outputs.Dispose();
        Assert.That(() => memory.Span.Length, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Release_OutputsStillHeld_SessionGoesWithTheLastOfThem()
    {
        using var options = new SessionOptions();
        options.DisablePerSessionThreads();
        var handle = new SessionHandle(new InferenceSession(Runtime.Stored("fixed"), options));
        var six = new TensorSpec("x", TensorType.Float32, [2, 3]);
        using var lane = new CpuLane(handle, ModelSpec.Create([six], [six with { Name = "y" }], "test"), Runtime.Label);
        using var inputs = Runtime.Floats("x", TensorShape.Of(2, 3), 1, 2, 3, 4, 5, 6);
        TensorSet first = lane.Run(inputs), second = lane.Run(inputs);
        handle.Release();
        first.Dispose();
        Assert.That(handle.IsClosed, Is.False);
        second.Dispose();
        Assert.That(handle.IsClosed, Is.True);
    }

    [Test]
    public async Task ExecuteAsync_OutputIsAnInput_OutputHasItsOwnMemory()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.onnx", Onnx.Model(g => g
            .Node("Neg", ["x"], ["y"])
            .Input("x", Onnx.Float, "batch")
            .Output("y", Onnx.Float, "batch")
            .Output("x", Onnx.Float, "batch")));
        await using var executor = Runtime.Load(path).Executor;
        using var inputs = Runtime.Floats("x", TensorShape.Of(2), 3, 4);
        using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context());
        inputs.Get("x").Mutable<float>().Clear();
        Assert.That(outputs.Get("x").AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 3, 4 }));
    }

    [Test]
    public async Task ExecuteAsync_ManyRuns_PooledMemoryIsGivenBack()
    {
        await using var executor = Runtime.Load(Runtime.Stored("dense")).Executor;
        var before = TensorPool.Shared.Rented;
        for (var i = 0; i < 50; i++)
        {
            using var inputs = new TensorSet().Add("x", Tensor.Allocate(TensorType.Float32, TensorShape.Of(2, 32)));
            using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context());
        }

        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(before));
    }

    [Test]
    public async Task ExecuteAsync_InputRefusedByTheRuntime_InvalidArgumentAndTheLaneStaysUsable()
    {
        await using var executor = Runtime.Load(Runtime.Stored("conditional_failure")).Executor;
        for (var i = 0; i < 3; i++)
        {
            using var bad = new TensorSet().Add("index", Tensor.From<long>(TensorType.Int64, TensorShape.Of(1), [100]));
            var error = await Assert.ThrowsAsync<InferenceException>(async () => await executor.ExecuteAsync(bad, Runtime.Context()));
            Assert.Multiple(() =>
            {
                Assert.That(error!.Code, Is.EqualTo(ErrorCode.InvalidArgument));
                Assert.That(error.Message, Does.StartWith(Runtime.Label).And.Contain("idx=100").And.Not.Contain("\n").And.Not.Contain(".cc"));
            });
            using var good = new TensorSet().Add("index", Tensor.From<long>(TensorType.Int64, TensorShape.Of(2), [2, -1]));
            using var outputs = await executor.ExecuteAsync(good, Runtime.Context());
            Assert.That(outputs.Get("y").AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 30, 40 }));
        }
    }

    private static async Task<TensorSet> Negate(IExecutor executor, float value)
    {
        using var inputs = Runtime.Floats("x", TensorShape.Of(2, 3), value, value, value, value, value, value);
        return await executor.ExecuteAsync(inputs, Runtime.Context());
    }
}
