using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Sessions;
using Inference.Infra.OnnxRuntime.Tests.Models;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Tests.Binding;

/// <summary>Inputs that are read, and outputs that are written, where a client has them.</summary>
[TestFixture]
internal sealed class PlacedOutputTests
{
    private readonly NativeRegion _region = new(4096);
    private readonly List<SharedRange> _ranges = [];
    private readonly List<SessionHandle> _sessions = [];

    [TearDown]
    public void Release()
    {
        foreach (var range in _ranges)
            range.Release();
        _ranges.Clear();
        foreach (var session in _sessions)
            session.Release();
        _sessions.Clear();
    }

    [OneTimeTearDown]
    public void Close() => _region.Release();

    [Test]
    public void Run_SizeKnownFromTheInputs_IsWrittenWhereItIsWanted()
    {
        using var lane = Lane(Onnx.Identity(Onnx.Float, "batch", "n"), ["batch", "n"], ["batch", "n"]);
        var place = Range(1024, 100);
        for (var run = 0; run < 2; run++)
        {
            using var inputs = InRegion(0, TensorShape.Of(2, 3), 1 + run, 2, 3, 4, 5, 6);
            using var outputs = lane.Run(inputs, [new OutputPlace("y", place)]);
            Assert.That((outputs[0].Tensor.Shared, outputs[0].Tensor.Shape), Is.EqualTo((place, TensorShape.Of(2, 3))));
            Assert.That(_region.Floats(1024, 6), Is.EqualTo(new float[] { 1 + run, 2, 3, 4, 5, 6 }));
        }
    }

    [Test]
    public void Run_SizeThatTheSpecForetellsWrong_IsAnsweredAllTheSame()
    {
        // Each row of y is one of x, but the model gives back two of them.
        var model = Onnx.Model(g => g.Node("Concat", ["x", "x"], ["y"], n => n.IntegerAttribute("axis", 0)).Input("x", Onnx.Float, "batch", 2).Output("y", Onnx.Float, "out", 2));
        using var lane = Lane(model, ["batch", null], ["out", null]);
        for (var run = 0; run < 2; run++)
        {
            using var inputs = InRegion(0, TensorShape.Of(1, 2), 3, 4);
            using var outputs = lane.Run(inputs, [new OutputPlace("y", Range(512, 100))]);
            Assert.That(outputs[0].Tensor.Shared, Is.Null);
            Assert.That(outputs[0].Tensor.AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 3, 4, 3, 4 }));
        }
    }

    [Test]
    public void Run_TooLittleRoom_IsRefusedBeforeItRuns()
    {
        using var lane = Lane(Onnx.Identity(Onnx.Float, "batch", "n"), ["batch", "n"], ["batch", "n"]);
        using var inputs = InRegion(0, TensorShape.Of(1, 3), 1, 2, 3);
        Assert.That(
            () => lane.Run(inputs, [new OutputPlace("y", Range(512, 11))]),
            Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.InvalidArgument).And.Message.Contains("takes 12 bytes"));
    }

    [TestCase(8, 100, TestName = "Run_PlaceOverItsInput_IsLeftToACopy")]
    [TestCase(1025, 100, TestName = "Run_PlaceThatIsNotAligned_IsLeftToACopy")]
    public void Run_PlaceThatCannotBeWritten(int offset, int size)
    {
        using var lane = Lane(Onnx.Identity(Onnx.Float, "batch", "n"), ["batch", "n"], ["batch", "n"]);
        using var inputs = InRegion(0, TensorShape.Of(1, 3), 1, 2, 3);
        using var outputs = lane.Run(inputs, [new OutputPlace("y", Range(offset, size))]);
        Assert.That(outputs[0].Tensor.Shared, Is.Null);
        Assert.That(outputs[0].Tensor.AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 1, 2, 3 }));
    }

    [Test]
    public void Run_OutputThatIsTheInputByAnotherName_IsACopyOfTheProcess()
    {
        var model = Onnx.Model(g => g.Node("Neg", ["x"], ["y"]).Input("x", Onnx.Float, "batch", 2).Output("x", Onnx.Float, "batch", 2).Output("y", Onnx.Float, "batch", 2));
        var spec = ModelSpec.Create([Spec("x", ["batch", null])], [Spec("x", ["batch", null]), Spec("y", ["batch", null])], "test");
        using var lane = Lane(model, spec);
        using var inputs = InRegion(64, TensorShape.Of(1, 2), 7, 8);
        using var outputs = lane.Run(inputs, []);
        Assert.That(outputs.Get("x").Shared, Is.Null);
        _region.Write(64, new byte[8]);
        Assert.That(outputs.Get("x").AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 7, 8 }));
    }

    private CpuLane Lane(byte[] model, string?[] x, string?[] y) => Lane(model, ModelSpec.Create([Spec("x", x)], [Spec("y", y)], "test"));

    private CpuLane Lane(byte[] model, ModelSpec spec)
    {
        using var options = new SessionOptions();
        options.DisablePerSessionThreads();
        _sessions.Add(new SessionHandle(new InferenceSession(model, options)));
        return new CpuLane(_sessions[^1], spec, Runtime.Label);
    }

    private static TensorSpec Spec(string name, string?[] symbols) =>
        new(name, TensorType.Float32, [.. symbols.Select(s => s is null ? 2L : TensorSpec.Any)]) { Symbols = [.. symbols.Select(s => s ?? string.Empty)] };

    private SharedRange Range(long offset, long size)
    {
        var range = _region.Part(offset, size);
        _ranges.Add(range);
        return range;
    }

    private TensorSet InRegion(int offset, TensorShape shape, params float[] values)
    {
        _region.Write(offset, MemoryMarshal.AsBytes(values.AsSpan()));
        var range = _region.Part(offset, values.Length * sizeof(float));
        return new TensorSet().Add("x", Tensor.Wrap("x", TensorType.Float32, shape, range.Memory, range));
    }
}
