using System.Globalization;
using System.Text;
using CsCheck;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Services.Tests.Infer;

public sealed class ClassificationTests
{
    [Test]
    public void TopClasses_TwoRows_AreBestFirstTiesByLowerIndexNanLast()
    {
        using var scores = Tensor.From<float>(TensorType.Float32, TensorShape.Of(2, 3), [0.25f, 0.5f, 0.25f, float.NaN, -1, 7]);

        using var top = Classification.TopClasses("m", new RequestedOutput("score", 3), scores);

        Assert.Multiple(() =>
        {
            Assert.That(top.Shape, Is.EqualTo(TensorShape.Of(2, 3)));
            Assert.That(Texts(top), Is.EqualTo(new[] { "0.500000:1", "0.250000:0", "0.250000:2", "7.000000:2", "-1.000000:1", "NaN:0" }));
        });
    }

    [Test]
    public void TopClasses_MoreThanThereAre_GivesAll()
    {
        using var scores = Tensor.From<int>(TensorType.Int32, TensorShape.Of(2), [5, 9]);

        using var top = Classification.TopClasses("m", new RequestedOutput("score", int.MaxValue), scores);

        Assert.That(Texts(top), Is.EqualTo(new[] { "9:1", "5:0" }));
    }

    [Test]
    public void TopClasses_NoRowsOrNoClasses_IsEmpty()
    {
        foreach (var shape in new[] { TensorShape.Of(0, 4), TensorShape.Of(3, 0) })
        {
            using var scores = Tensor.Allocate(TensorType.Float32, shape);
            using var top = Classification.TopClasses("m", new RequestedOutput("score", 2), scores);
            Assert.That(top.Shape.ElementCount, Is.Zero);
        }
    }

    [TestCase(TensorType.Bool)]
    [TestCase(TensorType.Bytes)]
    public void TopClasses_NoNumbers_IsRefused(TensorType type)
    {
        using var tensor = Tensor.Wrap("y", type, TensorShape.Of(1), type == TensorType.Bool ? new byte[1] : new byte[4]);

        var error = Assert.Throws<InferenceException>(() => Classification.TopClasses("m", new RequestedOutput("y", 1), tensor));

        Assert.That(error!.Message, Does.Contain("needs numbers"));
    }

    [Test]
    public void TopClasses_AnyScores_EqualsASortOfAll() =>
        Gen.Select(Gen.Int[-5, 5].Array[1, 20], Gen.Int[1, 25]).Sample((scores, wanted) =>
        {
            using var tensor = Tensor.From<int>(TensorType.Int32, TensorShape.Of(scores.Length), scores);
            using var top = Classification.TopClasses("m", new RequestedOutput("y", wanted), tensor);
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
                using var top = Classification.TopClasses("m", new RequestedOutput("y", 1), tensor);
                Assert.That(Texts(top).Single(), Does.Match("^1(\\.000000)?:1$"), type.ToString());
            }
        });
    }

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
