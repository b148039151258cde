using CsCheck;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.Binding;

/// <summary>Every element type goes in and comes out bit by bit, in every kind of shape.</summary>
[TestFixtureSource(nameof(Types))]
internal sealed class RoundTripTests(TensorType type)
{
    // onnx.proto's numbers, in the order of TensorType.
    private static readonly int[] OnnxTypes = [9, 2, 4, 12, 13, 3, 5, 6, 7, 10, 16, 1, 11, 8];
    private LoadedArtefact _matrix = null!;
    private LoadedArtefact _scalar = null!;

    public static IEnumerable<TensorType> Types => Enum.GetValues<TensorType>();

    [OneTimeSetUp]
    public void Load()
    {
        _matrix = Runtime.Load(Runtime.Identity(type));
        using var folder = new TemporaryFolder();
        _scalar = Runtime.Load(folder.Write("model.onnx", Onnx.Identity(OnnxTypes[(int)type])));
    }

    [OneTimeTearDown]
    public async Task Unload()
    {
        await _matrix.Executor.DisposeAsync();
        await _scalar.Executor.DisposeAsync();
    }

    [Test]
    public void Load_AnyType_SpecHasIt() => Assert.Multiple(() =>
    {
        Assert.That(_matrix.Spec.Inputs.Single().Describe(), Is.EqualTo($"{type.ProtocolName()}[-1,-1]"));
        Assert.That(_matrix.Spec.Outputs.Single().Type, Is.EqualTo(type));
        Assert.That(_matrix.Spec.Inputs.Single().Symbols, Is.EqualTo(new[] { "batch", "n" }));
        Assert.That(_matrix.Spec.HasBatchAxis, Is.True);
        Assert.That(_matrix.Spec.Platform, Is.EqualTo("onnxruntime_onnx"));
        Assert.That(_scalar.Spec.Inputs.Single().Dimensions, Is.Empty);
    });

    [Test]
    public void ExecuteAsync_AnyContent_ComesBackUnchanged() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 17], Gen.Int).Sample(
            (rows, columns, seed) =>
            {
                using var given = AnyTensor.Make(type, TensorShape.Of(rows, columns), new Random(seed));
                return Returns(_matrix.Executor, given);
            },
            iter: 40,
            threads: 1);

    [Test]
    public void ExecuteAsync_Scalar_ComesBackUnchanged()
    {
        using var given = AnyTensor.Make(type, TensorShape.Scalar, new Random(1));
        Assert.That(Returns(_scalar.Executor, given), Is.True);
    }

    [TestCase(0, 0)]
    [TestCase(0, 5)]
    [TestCase(5, 0)]
    public void ExecuteAsync_NoElements_ComesBackWithItsShape(int rows, int columns)
    {
        using var given = AnyTensor.Make(type, TensorShape.Of(rows, columns), new Random(1));
        Assert.That(Returns(_matrix.Executor, given), Is.True);
    }

    [Test]
    public void ExecuteAsync_ManagedMemoryAtAnOffset_ComesBackUnchanged()
    {
        using var given = AnyTensor.Make(type, TensorShape.Of(3, 5), new Random(1));
        var data = new byte[given.Data.Length + 3];
        given.Data.CopyTo(data.AsMemory(3));
        using var moved = Tensor.Wrap("x", type, given.Shape, data.AsMemory(3));
        Assert.That(Returns(_matrix.Executor, moved), Is.True);
    }

    private static bool Returns(IExecutor executor, Tensor given)
    {
        using var inputs = new TensorSet().Add("x", given.Share());
        using var outputs = executor.ExecuteAsync(inputs, Runtime.Context()).AsTask().GetAwaiter().GetResult();
        var got = outputs.Get("y");
        return got.Type == given.Type && got.Shape == given.Shape && got.Data.Span.SequenceEqual(given.Data.Span);
    }
}
