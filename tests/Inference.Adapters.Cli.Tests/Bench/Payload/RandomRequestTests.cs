using System.Runtime.InteropServices;
using Inference.Adapters.Cli.Bench.Payload;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Tests.Bench.Payload;

public sealed class RandomRequestTests
{
    [Test]
    public void Create_EveryDatatype_IsAValidTensorOfItsShape([Values] TensorType type)
    {
        using var tensors = Random().Create([new TensorSpec("x", type, [TensorSpec.Any, 40])]);

        var tensor = tensors.Get("x");
        Assert.Multiple(() =>
        {
            Assert.That((tensor.Type, tensor.Shape), Is.EqualTo((type, TensorShape.Of(3, 40))));
            Assert.That(tensor.Data.ToArray().Distinct().Count(), Is.GreaterThan(1), "the data varies");
        });
    }

    [Test]
    public void Create_Range_HoldsAllNumbers()
    {
        using var tensors = Random(new NumberRange(5, 7)).Create([new TensorSpec("x", TensorType.Int64, [1000])]);

        Assert.That(MemoryMarshal.Cast<byte, long>(tensors.Get("x").Data.Span).ToArray().Distinct().Order(), Is.EqualTo(new[] { 5L, 6, 7 }));
    }

    [TestCase(TensorType.UInt8, -1, 5)]
    [TestCase(TensorType.Int32, 0.2, 0.8)]
    [TestCase(TensorType.Int16, 0, 40_000)]
    public void Create_RangeThatDoesNotFit_IsRefused(TensorType type, double least, double most) =>
        Assert.That(() => Random(new NumberRange(least, most)).Create([new TensorSpec("x", type, [1])]), Throws.TypeOf<UsageException>().With.Message.Contains("--range x"));

    [TestCase(TensorType.UInt8, 1L << 62)]
    [TestCase(TensorType.Float32, 1L << 31)]
    [TestCase(TensorType.Bytes, 1L << 30)]
    public void Create_MoreThanATensorTakes_IsRefused(TensorType type, long elements) =>
        Assert.That(() => Random().Create([new TensorSpec("x", type, [elements])]), Throws.TypeOf<UsageException>().With.Message.Contains("input 'x'").And.Message.Contains("--shape"));

    [Test]
    public void Of_OpenAxis_AsksForTheShape() =>
        Assert.That(
            () => new RandomShape(new Dictionary<string, long[]>(), 2).Of(new TensorSpec("image", TensorType.Float32, [TensorSpec.Any, 3, TensorSpec.Any])),
            Throws.TypeOf<UsageException>().With.Message.Contains("--shape image:2,3,16"));

    [TestCase(new long[] { 1, 4, 8 })]
    [TestCase(new long[] { 1, 3 })]
    public void Of_ShapeThatDoesNotFit_IsRefused(long[] shape) =>
        Assert.That(
            () => new RandomShape(new Dictionary<string, long[]> { ["image"] = shape }, 1).Of(new TensorSpec("image", TensorType.Float32, [TensorSpec.Any, 3, TensorSpec.Any])),
            Throws.TypeOf<UsageException>().With.Message.Contains("FP32[-1,3,-1]"));

    private static RandomRequest Random(NumberRange? range = null) => new(
        new RandomShape(new Dictionary<string, long[]>(), 3), range is { } r ? new Dictionary<string, NumberRange> { ["x"] = r } : [], textLength: 8, seed: 1);
}
