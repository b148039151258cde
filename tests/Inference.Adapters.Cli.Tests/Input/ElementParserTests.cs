using System.Globalization;
using System.Text.Json;
using CsCheck;
using Inference.Adapters.Cli.Input;
using Inference.Adapters.Cli.Output;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Tests.Input;

public sealed class ElementParserTests
{
    private static readonly TensorType[] Scalars = [.. Enum.GetValues<TensorType>().Where(t => t != TensorType.Bytes)];

    // Every bit pattern of a number, printed and read back, is the same bits: so both paths print what the model gave.
    [Test]
    public void Parse_OfPrintedElement_GivesTheSameBits() =>
        Gen.Select(Gen.OneOf(Scalars), Gen.ULong).Sample((type, bits) =>
        {
            var data = BitConverter.GetBytes(type == TensorType.Bool ? bits & 1 : bits)[..type.ElementSize()];
            using var tensor = Tensor.Wrap("x", type, TensorShape.Scalar, data);
            var text = Elements.Scalar(tensor, 0);
            using var read = Parse(type, text is "NaN" or "Infinity" or "-Infinity" ? $"\"{text}\"" : text);
            return text == "NaN" ? Elements.Scalar(read, 0) == "NaN" : read.Data.Span.SequenceEqual(data);
        });

    [TestCase(TensorType.UInt8, "255", "256")]
    [TestCase(TensorType.UInt8, "0", "-1")]
    [TestCase(TensorType.Int8, "-128", "-129")]
    [TestCase(TensorType.UInt16, "65535", "65536")]
    [TestCase(TensorType.Int16, "-32768", "32768")]
    [TestCase(TensorType.UInt32, "4294967295", "4294967296")]
    [TestCase(TensorType.Int32, "-2147483648", "2147483648")]
    [TestCase(TensorType.UInt64, "18446744073709551615", "18446744073709551616")]
    [TestCase(TensorType.Int64, "-9223372036854775808", "9223372036854775808")]
    [TestCase(TensorType.Int64, "1", "1.5")]
    [TestCase(TensorType.Int64, "1", "1e2")]
    [TestCase(TensorType.Int64, "1", "\"1\"")]
    [TestCase(TensorType.Int64, "1", "true")]
    [TestCase(TensorType.Float16, "65504", "65520")]
    [TestCase(TensorType.BFloat16, "3.3895314E+38", "3.4e38")]
    [TestCase(TensorType.Float32, "3.4028235E+38", "1e39")]
    [TestCase(TensorType.Float64, "1.7976931348623157E+308", "1e309")]
    [TestCase(TensorType.Float32, "-0", "\"nan\"")]
    [TestCase(TensorType.Float32, "1.5", "null")]
    [TestCase(TensorType.Bool, "true", "1")]
    [TestCase(TensorType.Bytes, "\"a\"", "1")]
    public void Parse_AtAndBeyondTheRange_TakesOneAndRefusesTheOther(TensorType type, string good, string bad)
    {
        using var tensor = Parse(type, good);

        var error = Assert.Throws<InferenceException>(() => Parse(type, bad));

        Assert.Multiple(() =>
        {
            Assert.That(tensor.Shape.ElementCount, Is.EqualTo(1));
            Assert.That(error!.Code, Is.EqualTo(ErrorCode.InvalidArgument));
            Assert.That(error.Message, Does.Contain("input 'x': element 0 is '").And.Contain(type.ProtocolName()));
        });
    }

    [TestCase(1.00390625f, 0x3F80)]
    [TestCase(1.01171875f, 0x3F82)]
    [TestCase(1.004f, 0x3F81)]
    [TestCase(-2f, 0xC000)]
    public void Parse_BFloat16_RoundsToTheNearestTiesToEven(float value, int bits)
    {
        using var tensor = Parse(TensorType.BFloat16, value.ToString("R", CultureInfo.InvariantCulture));

        Assert.That(tensor.AsSpan<ushort>()[0], Is.EqualTo(bits));
    }

    [Test]
    public void Parse_Text_IsUtf8WithoutChange()
    {
        using var tensor = Parse(TensorType.Bytes, "\"gr\\u00fc\\u00dfe \\ud83d\\ude00\"");

        foreach (var element in tensor.BytesElements())
            Assert.That(element.ToArray(), Is.EqualTo("grüße 😀"u8.ToArray()));
    }

    private static Tensor Parse(TensorType type, string json) =>
        ElementParser.Parse("x", type, TensorShape.Scalar, [JsonDocument.Parse(json).RootElement]);
}
