using System.Text.Json;
using Inference.Adapters.Cli.Engines;
using Inference.Adapters.Cli.Output;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Tests.Output;

public sealed class AnswerTextTests
{
    [Test]
    public void Write_ThreeAxes_NamesThePlaceOfEachRow()
    {
        using var answer = Answer(Tensor.From<int>(TensorType.Int32, TensorShape.Of(2, 2, 2), [1, 2, 3, 4, 5, 6, 7, 8]));

        Assert.That(Lines(AnswerText.Write(answer))[1..], Is.EqualTo(new[] { "y INT32[2,2,2]", "  [0,0] 1, 2", "  [0,1] 3, 4", "  [1,0] 5, 6", "  [1,1] 7, 8" }));
    }

    [Test]
    public void Write_LargeTensor_CutsAndSaysSo()
    {
        using var answer = Answer(Tensor.From<byte>(TensorType.UInt8, TensorShape.Of(30, 40), new byte[1200]));

        var text = AnswerText.Write(answer);

        Assert.That(Lines(text), Has.Length.EqualTo(24));
        Assert.That(text, Does.Contain("0, …").And.Contain("… 10 more rows").And.Contain("--json prints all"));
    }

    [TestCase(0L)]
    [TestCase(0L, 3L)]
    [TestCase(3L, 0L)]
    public void Write_EmptyTensor_HasItsHeaderOnly(params long[] shape)
    {
        using var answer = Answer(Tensor.Allocate(TensorType.Float32, TensorShape.Of(shape)));

        Assert.That(Lines(AnswerText.Write(answer)), Has.Length.EqualTo(2));
    }

    [Test]
    public void Write_HostileNamesAndTexts_AreMadePrintable()
    {
        using var outputs = new TensorSet();
        outputs.Add("y\u001b[2J", new BytesTensorBuilder().Add("\u001b[31mred\u0007").Build(TensorShape.Of(1)));
        using var answer = new Answer("m\u001b[1m", "1\n2", "id\u0000", outputs.Share());

        var text = AnswerText.Write(answer);

        Assert.That(text.Where(char.IsControl).Distinct(), Is.SubsetOf(new[] { '\r', '\n' }));
        Assert.That(Lines(text), Has.Length.EqualTo(3));
    }

    [Test]
    public void Write_BytesThatAreNoText_AreHexadecimalForPeopleAndBase64InJson()
    {
        using var answer = Answer(new BytesTensorBuilder().Add([0xFF, 0xFE]).Add("text"u8).Build(TensorShape.Of(2)));

        var output = JsonDocument.Parse(AnswerJson.Write(answer)).RootElement.GetProperty("outputs")[0];

        Assert.Multiple(() =>
        {
            Assert.That(AnswerText.Write(answer), Does.Contain("0xfffe (2 bytes), \"text\""));
            Assert.That(output.GetProperty("parameters").GetProperty("encoding").GetString(), Is.EqualTo("base64"));
            Assert.That(output.GetProperty("data").EnumerateArray().Select(e => e.GetBytesFromBase64()), Is.EqualTo(new[] { new byte[] { 0xFF, 0xFE }, "text"u8.ToArray() }));
        });
    }

    private static Answer Answer(Tensor tensor) => new("m", "1", string.Empty, new TensorSet().Add("y", tensor));

    private static string[] Lines(string text) => text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
}
