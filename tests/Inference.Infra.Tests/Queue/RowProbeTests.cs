using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Infra.Queue;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

[TestFixture]
internal sealed class RowProbeTests
{
    [Test]
    public void Try_RowsOnTheirOwn_Null()
    {
        Assert.That(Try(RowModel.Run), Is.Null);
        Assert.That(RowProbe.Try(RowModel.Variable, new FakeLane(RowModel.Run)), Is.Null);
    }

    [Test]
    public void Try_OutputWithoutARowForEachRow_SaysSo() =>
        Assert.That(Try(RowModel.RunSum), Does.Contain("'y'").And.Contain("[1,1]").And.Contain("two rows"));

    [Test]
    public void Try_RowsDependOnEachOther_SaysSo() => Assert.That(Try(MinusMean), Does.Contain("'y'").And.Contain("depends on the other rows"));

    [Test]
    public void Try_OnlyTheSecondRowDependsOnTheFirst_SaysSo() => Assert.That(Try(RunningSum), Does.Contain("depends on the other rows"));

    [Test]
    public void Try_AnswersAreRandom_SaysNothingAboutRows()
    {
        var random = new Random(3);
        Assert.That(Try(inputs => Map(inputs, (_, _) => random.NextSingle())), Is.Null);
    }

    [Test]
    public void Try_MadeUpInputsAreRefused_SaysNothingAboutRows() =>
        Assert.That(Try(_ => throw new InferenceException(ErrorCode.InvalidArgument, "no")), Is.Null);

    private static string? Try(Func<TensorSet, TensorSet> model)
    {
        var rented = TensorPool.Shared.Rented;
        var reason = RowProbe.Try(RowModel.Fixed, new FakeLane(model));
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(rented), "buffers that were not given back");
        return reason;
    }

    private static TensorSet MinusMean(TensorSet inputs)
    {
        var mean = inputs.Get("x").AsSpan<float>().ToArray().Average();
        return Map(inputs, (x, _) => x - mean);
    }

    private static TensorSet RunningSum(TensorSet inputs)
    {
        var x = inputs.Get("x").AsSpan<float>().ToArray();
        return Map(inputs, (_, i) => x[..(i + 1)].Where((_, j) => j % 2 == i % 2).Sum());
    }

    private static TensorSet Map(TensorSet inputs, Func<float, int, float> element)
    {
        var x = inputs.Get("x");
        var y = Tensor.Allocate(TensorType.Float32, x.Shape);
        for (var i = 0; i < x.Shape.ElementCount; i++)
            y.Mutable<float>()[i] = element(x.AsSpan<float>()[i], i);
        return new TensorSet().Add("y", y);
    }
}
