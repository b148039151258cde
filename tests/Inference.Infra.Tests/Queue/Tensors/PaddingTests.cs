using CsCheck;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Tensors;

namespace Inference.Infra.Tests.Queue.Tensors;

/// <summary>Before a model that changes nothing: what is cut back must be what was filled up.</summary>
[TestFixture]
internal sealed class PaddingTests
{
    [Test]
    public void MergeThenSplit_AnySizes_CutBackToWhatEachSent()
    {
        var type = TensorGen.Type.Where(t => t != TensorType.Bytes);
        var request = Gen.Select(Gen.Long[1, 4], Gen.Long[0, 5], Gen.Long[1, 5]);
        Gen.Select(type, request.Array[2, 6], Gen.Int).Sample(
            (type, sizes, seed) =>
            {
                var random = new Random(seed);
                var spec = Spec(type);
                var plan = PaddingPlan.Create(spec, [new PaddedInput("t0", 1)], "model");
                var members = sizes.Select(s => new TensorSet()
                    .Add("t0", TensorGen.Random(type, TensorShape.Of(s.Item1, s.Item2, 2, s.Item3), random))
                    .Add("t1", TensorGen.Random(TensorType.Bytes, TensorShape.Of(s.Item1, 3), random))).ToList();
                long[] longest = [sizes.Max(s => s.Item2), sizes.Max(s => s.Item3)];
                using var merged = BatchInputs.Merge(spec, plan, members, sizes.Sum(s => s.Item1), longest);
                Assert.That(merged.Get("t0").Shape, Is.EqualTo(TensorShape.Of(sizes.Sum(s => s.Item1), longest[0], 2, longest[1])));
                var outputs = new BatchOutputs(spec, plan, merged, longest);
                foreach (var (member, size) in members.Zip(sizes))
                {
                    using var part = outputs.Next(size.Item1, plan.SizesOf(member));
                    Assert.That(TensorGen.Same(part, member), Is.True);
                    member.Dispose();
                }
            },
            threads: 1);
    }

    [Test]
    public void Merge_ShorterRequests_AreFilledUpWithTheValue()
    {
        var spec = Spec(TensorType.Int16);
        var plan = PaddingPlan.Create(spec, [new PaddedInput("t0", -3)], "model");
        TensorSet[] members = [Request(1, 2), Request(2, 1)];
        using var merged = BatchInputs.Merge(spec, plan, members, 2, [2, 2]);
        Assert.That(merged.Get("t0").AsSpan<short>().ToArray(), Is.EqualTo(new short[] { 9, 9, 9, 9, -3, -3, -3, -3, 9, -3, 9, -3, 9, -3, 9, -3 }));
        foreach (var member in members)
            member.Dispose();
    }

    private static TensorSet Request(long first, long last)
    {
        var shape = TensorShape.Of(1, first, 2, last);
        return new TensorSet()
            .Add("t0", Tensor.From<short>(TensorType.Int16, shape, [.. Enumerable.Repeat((short)9, (int)shape.ElementCount)]))
            .Add("t1", TensorGen.Random(TensorType.Bytes, TensorShape.Of(1, 3), new Random(1)));
    }

    private static ModelSpec Spec(TensorType type)
    {
        TensorSpec[] specs =
        [
            new TensorSpec("t0", type, [TensorSpec.Any, TensorSpec.Any, 2, TensorSpec.Any]) { Symbols = ["batch", "a", string.Empty, "b"] },
            new TensorSpec("t1", TensorType.Bytes, [TensorSpec.Any, 3]) { Symbols = ["batch", string.Empty] },
        ];
        return new ModelSpec([.. specs], [.. specs], HasBatchAxis: true);
    }
}
