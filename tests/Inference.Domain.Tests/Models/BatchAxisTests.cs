using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Models;

internal sealed class BatchAxisTests
{
    private static readonly TensorSpec Rows = Spec("n", -1, 3);

    [Test]
    public void Derive_SymbolicFirstAxisEverywhere_IsABatchAxis()
    {
        Assert.That(BatchAxis.Derive([Rows, Spec("n", -1)], [Spec("rows", -1, 2)]), Is.True);
        Assert.That(BatchAxis.Derive([Unnamed(-1, 3)], [Unnamed(-1)]), Is.True);
    }

    [Test]
    public void Derive_AnythingElse_IsNone()
    {
        Assert.That(BatchAxis.Derive([], [Rows]), Is.False);
        Assert.That(BatchAxis.Derive([Rows], []), Is.False);
        Assert.That(BatchAxis.Derive([Rows, Spec("n", 3)], [Rows]), Is.False);
        Assert.That(BatchAxis.Derive([Rows], [Spec("", 1, 2)]), Is.False);
        Assert.That(BatchAxis.Derive([Rows, Spec("m", -1)], [Rows]), Is.False);
        Assert.That(BatchAxis.Derive([Rows, Spec("")], [Rows]), Is.False);
    }

    [Test]
    public void Rows_OfARequest_AreTheFirstDimensionWhereItCountsRows()
    {
        using var inputs = new TensorSet().Add("x", Tensor.Allocate(TensorType.Float32, TensorShape.Of(7, 3)));
        Assert.That(BatchAxis.Rows(ModelSpec.Create([Rows], [Rows], "p"), inputs), Is.EqualTo(7));
        Assert.That(BatchAxis.Rows(ModelSpec.Create([Spec("", 7, 3)], [Rows], "p"), inputs), Is.EqualTo(1));
        Assert.That(BatchAxis.Rows(ModelSpec.Create([Rows], [Rows], "p"), new TensorSet()), Is.EqualTo(1));
    }

    [Test]
    public void Rows_WithoutElements_AreNone()
    {
        var empty = new TensorSpec("x", TensorType.Float32, [-1, -1]);
        var spec = ModelSpec.Create([empty, Rows with { Name = "y", Symbols = [] }], [Rows], "p");
        using var claimed = new TensorSet().Add("x", Tensor.Allocate(TensorType.Float32, TensorShape.Of(1000, 0)));
        Assert.That(BatchAxis.Rows(spec, claimed), Is.Zero);
        claimed.Add("y", Tensor.Allocate(TensorType.Float32, TensorShape.Of(5, 3)));
        Assert.That(BatchAxis.Rows(spec, claimed), Is.EqualTo(5));
    }

    private static TensorSpec Spec(string symbol, params long[] dimensions) => Unnamed(dimensions) with { Symbols = [.. dimensions.Select(_ => symbol)] };

    private static TensorSpec Unnamed(params long[] dimensions) => new("x", TensorType.Float32, [.. dimensions]);
}
