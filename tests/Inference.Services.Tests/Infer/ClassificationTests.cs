using System.Globalization;
using System.Text;
using CsCheck;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Services.Tests.Infer;

public sealed class ClassificationTests
{
    [Test]
    public void TopClasses_TwoRows_AreBestFirstTiesByLowerIndexNanLast()
    {
        using var scores = Tensor.From<float>(TensorType.Float32, TensorShape.Of(2, 3), [0.25f, 0.5f, 0.25f, float.NaN, -1, 7]);

        using var top = Top(new RequestedOutput("score", 3), scores);

        Assert.Multiple(() =>
        {
            Assert.That(top.Shape, Is.EqualTo(TensorShape.Of(2, 3)));
            Assert.That(Texts(top), Is.EqualTo(new[] { "0.500000:1", "0.250000:0", "0.250000:2", "7.000000:2", "-1.000000:1", "NaN:0" }));
        });
    }

    [Test]
    public void TopClasses_Labels_StandBehindTheIndexAsFarAsThereAre()
    {
        using var scores = Tensor.From<float>(TensorType.Float32, TensorShape.Of(3), [1, 2, 3]);

        using var top = Classification.TopClasses("m", new RequestedOutput("score", 3), scores, new WorkLimit("m", new RequestContext("r", CancellationToken.None), TimeProvider.System), ["Straße", ""]);

        Assert.That(Texts(top), Is.EqualTo(new[] { "3.000000:2", "2.000000:1", "1.000000:0:Straße" }));
    }

    [Test]
    public void TopClasses_MoreThanThereAre_GivesAll()
    {
        using var scores = Tensor.From<int>(TensorType.Int32, TensorShape.Of(2), [5, 9]);

        using var top = Top(new RequestedOutput("score", int.MaxValue), scores);

        Assert.That(Texts(top), Is.EqualTo(new[] { "9:1", "5:0" }));
    }

    [Test]
    public void TopClasses_NoRowsOrNoClasses_IsEmpty()
    {
        foreach (var shape in new[] { TensorShape.Of(0, 4), TensorShape.Of(3, 0) })
        {
            using var scores = Tensor.Allocate(TensorType.Float32, shape);
            using var top = Top(new RequestedOutput("score", 2), scores);
            Assert.That(top.Shape.ElementCount, Is.Zero);
        }
    }

    [TestCase(TensorType.Bool)]
    [TestCase(TensorType.Bytes)]
    public void TopClasses_NoNumbers_IsRefused(TensorType type)
    {
        using var tensor = Tensor.Wrap("y", type, TensorShape.Of(1), type == TensorType.Bool ? new byte[1] : new byte[4]);

        var error = Assert.Throws<InferenceException>(() => Top(new RequestedOutput("y", 1), tensor));

        Assert.That(error!.Message, Does.Contain("needs numbers"));
    }

    [Test]
    public void TopClasses_AnyScores_EqualsASortOfAll() =>
        Gen.Select(Gen.Int[-5, 5].Array[1, 20], Gen.Int[1, 25]).Sample((scores, wanted) =>
        {
            using var tensor = Tensor.From<int>(TensorType.Int32, TensorShape.Of(scores.Length), scores);
            using var top = Top(new RequestedOutput("y", wanted), tensor);
            var expected = scores.Select((s, i) => (s, i)).OrderByDescending(p => p.s).ThenBy(p => p.i).Take(wanted);
            return Texts(top).SequenceEqual(expected.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.s}:{p.i}")));
        });

    [Test]
    public void TopClasses_EveryNumericType_ReadsItsValues()
    {
        var types = Enum.GetValues<TensorType>().Except([TensorType.Bool, TensorType.Bytes]);
        Assert.Multiple(() =>
        {
            foreach (var type in types)
            {
                // One, in each type's own bits, behind zero.
                var data = new byte[2 * type.ElementSize()];
                One(type).CopyTo(data, type.ElementSize());
                using var tensor = Tensor.Wrap("y", type, TensorShape.Of(2), data);
                using var top = Top(new RequestedOutput("y", 1), tensor);
                Assert.That(Texts(top).Single(), Does.Match("^1(\\.000000)?:1$"), type.ToString());
            }
        });
    }

    [Test]
    public void TopClasses_AnyDoubles_EqualsASortOfAll() =>
        Gen.Select(Gen.OneOf(Gen.Double, Gen.Const(double.NaN), Gen.Const(0.5)).Array[1, 40], Gen.Int[1, 45]).Sample((scores, wanted) =>
        {
            using var tensor = Tensor.From<double>(TensorType.Float64, TensorShape.Of(scores.Length), scores);
            using var top = Top(new RequestedOutput("y", wanted), tensor);
            var expected = scores.Select((s, i) => (s, i)).OrderBy(p => double.IsNaN(p.s)).ThenByDescending(p => p.s).ThenBy(p => p.i).Take(wanted);
            return Texts(top).SequenceEqual(expected.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.s:F6}:{p.i}")));
        });

    [Test]
    public void TopClasses_ManyShortRows_AreEachRankedForThemselves()
    {
        using var scores = Tensor.From<int>(TensorType.Int32, TensorShape.Of(10_000, 3), [.. Enumerable.Range(0, 30_000).Select(i => i % 7)]);

        using var top = Top(new RequestedOutput("y", 1), scores);

        var expected = Enumerable.Range(0, 10_000).Select(r => Enumerable.Range(0, 3).Select(c => (Score: ((3 * r) + c) % 7, c)).MaxBy(p => p.Score));
        Assert.That(Texts(top), Is.EqualTo(expected.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Score}:{p.c}"))));
    }

    // A shape costs nothing to claim: no memory may be taken for classes that no row has.
    [Test]
    public void TopClasses_NoRowsOfVeryManyClasses_IsEmptyAtOnce()
    {
        using var scores = Tensor.Allocate(TensorType.Float32, TensorShape.Of(0, int.MaxValue));
        var before = GC.GetAllocatedBytesForCurrentThread();

        using var top = Top(new RequestedOutput("y", 2), scores);

        Assert.That((top.Shape, GC.GetAllocatedBytesForCurrentThread() - before < 100_000), Is.EqualTo((TensorShape.Of(0, 2), true)));
    }

    [Test]
    public void TopClasses_MoreResultsThanAreGiven_IsRefused()
    {
        using var scores = Tensor.Allocate(TensorType.UInt8, TensorShape.Of(2, Classification.MostResults));

        var error = Assert.Throws<InferenceException>(() => Top(new RequestedOutput("y", (Classification.MostResults / 2) + 1), scores));

        Assert.That((error!.Code, error.Message), Is.EqualTo((ErrorCode.InvalidArgument, "m: output 'y' is asked for with the best 524289 classes of 2 rows, 1048578 in all; at most 1048576 are given. Ask for fewer classes, send fewer rows, or take the numbers themselves.")));
    }

    [TestCase(1, 8_000_000, 1)]
    [TestCase(1, 1_000_000, 1_000_000)]
    [TestCase(1_000_000, 1, 1)]
    public void TopClasses_NobodyWaitsAnyMore_Ends(int rows, int classes, int wanted)
    {
        using var scores = Tensor.Allocate(TensorType.UInt8, TensorShape.Of(rows, classes));
        var late = new RequestContext("r", CancellationToken.None) { Deadline = TimeProvider.System.GetTimestamp() };
        var gone = new RequestContext("r", new CancellationToken(canceled: true));

        Assert.Multiple(() =>
        {
            Assert.That(Code(late), Is.EqualTo(ErrorCode.DeadlineExceeded));
            Assert.That(Code(gone), Is.EqualTo(ErrorCode.Cancelled));
        });

        ErrorCode Code(RequestContext context) => Assert.Throws<InferenceException>(() => Classification.TopClasses(
            "m", new RequestedOutput("y", wanted), scores, new WorkLimit("m", context, TimeProvider.System)))!.Code;
    }

    // Half a second on an idle machine would already be much; a sort of all would take many seconds.
    [Test]
    [CancelAfter(60_000)]
    public void TopClasses_MillionsOfClasses_AreReadOnce(CancellationToken timeout)
    {
        var values = new float[8_000_000];
        for (var i = 0; i < values.Length; i++)
            values[i] = (i * 7919L % 8_000_009) / 8e6f;
        values[5_000_000] = 2;
        using var scores = Tensor.From<float>(TensorType.Float32, TensorShape.Of(values.Length), values);

        using var top = Classification.TopClasses("m", new RequestedOutput("y", 1), scores, new WorkLimit("m", new RequestContext("r", timeout), TimeProvider.System));

        Assert.That(Texts(top).Single(), Is.EqualTo("2.000000:5000000"));
    }

    private static Tensor Top(RequestedOutput output, Tensor tensor) =>
        Classification.TopClasses("m", output, tensor, new WorkLimit("m", new RequestContext("r", CancellationToken.None), TimeProvider.System));

    private static byte[] One(TensorType type) => type switch
    {
        TensorType.Float16 => BitConverter.GetBytes((Half)1),
        TensorType.BFloat16 => [0x80, 0x3F],
        TensorType.Float32 => BitConverter.GetBytes(1f),
        TensorType.Float64 => BitConverter.GetBytes(1d),
        _ => BitConverter.GetBytes(1L)[..type.ElementSize()],
    };

    private static List<string> Texts(Tensor tensor)
    {
        var texts = new List<string>();
        foreach (var element in tensor.BytesElements())
            texts.Add(Encoding.UTF8.GetString(element));
        return texts;
    }
}
