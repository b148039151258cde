using CsCheck;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Tensors;

namespace Inference.Infra.Tests.Queue.Tensors;

[TestFixture]
internal sealed class MergeSplitTests
{
    [Test]
    public void MergeThenSplit_AnyRequests_IsTheIdentity()
    {
        var rented = TensorPool.Shared.Rented;
        Gen.Select(TensorGen.Spec, Gen.Long[1, 5].Array[2, 6], Gen.Int).Sample(
            (spec, rows, seed) =>
            {
                var random = new Random(seed);
                var plan = PaddingPlan.Create(spec, [], "model");
                var members = rows.Select(r => TensorGen.Request(spec, r, random)).ToList();
                using var merged = BatchInputs.Merge(spec, plan, members, rows.Sum(), []);
                Assert.That(BatchOutputs.Misfit(merged, rows.Sum()), Is.Null);
                var outputs = new BatchOutputs(spec, plan, merged, []);
                for (var i = 0; i < members.Count; i++)
                {
                    if (random.Next(4) == 0)
                    {
                        outputs.Skip(rows[i]);
                    }
                    else
                    {
                        using var part = outputs.Next(rows[i], []);
                        Assert.That(TensorGen.Same(part, members[i]), Is.True);
                    }

                    members[i].Dispose();
                }
            },
            threads: 1);
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(rented));
    }

    [Test]
    public void SliceThenJoin_AnyRequest_IsTheIdentity()
    {
        var rented = TensorPool.Shared.Rented;
        Gen.Select(TensorGen.Spec, Gen.Long[1, 12], Gen.Long[1, 5], Gen.Int).Sample(
            (spec, rows, rowsOfPart, seed) =>
            {
                using var whole = TensorGen.Request(spec, rows, new Random(seed));
                var parts = new List<TensorSet>();
                for (long first = 0; first < rows; first += rowsOfPart)
                    parts.Add(RowSlices.Of(whole, first, Math.Min(rowsOfPart, rows - first)));
                using var joined = RowSlices.Join(spec.Outputs, parts, rows);
                Assert.That(TensorGen.Same(joined, whole), Is.True);
                parts.ForEach(p => p.Dispose());
            },
            threads: 1);
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(rented));
    }

    [TestCase(TensorType.Float32)]
    [TestCase(TensorType.Bytes)]
    public void Join_PartsOfOtherSizes_ExecutionFailed(TensorType type)
    {
        var rented = TensorPool.Shared.Rented;
        using var first = new TensorSet().Add("y", TensorGen.Random(type, TensorShape.Of(2, 3), new Random(1)));
        using var second = new TensorSet().Add("y", TensorGen.Random(type, TensorShape.Of(2, 4), new Random(1)));
        var error = Assert.Throws<InferenceException>(() => RowSlices.Join([new TensorSpec("y", type, [TensorSpec.Any, TensorSpec.Any])], [first, second], 4))!;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.ExecutionFailed));
        Assert.That(error.Message, Does.Contain("'y'").And.Contain("[2,4]").And.Contain("[2,3]"));
        first.Dispose();
        second.Dispose();
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(rented));
    }

    [TestCase(new long[] { }, "y")]
    [TestCase(new long[] { 2, 3 }, "y")]
    [TestCase(new long[] { 3 }, null)]
    public void Misfit_Shapes_NamesTheOutput(long[] shape, string? expected)
    {
        using var outputs = new TensorSet()
            .Add("x", Tensor.Allocate(TensorType.Int8, TensorShape.Of(3)))
            .Add("y", Tensor.Allocate(TensorType.Int8, TensorShape.Of(shape)));
        Assert.That(BatchOutputs.Misfit(outputs, 3), Is.EqualTo(expected));
    }
}
