using Google.Protobuf;
using Inference.Adapters.Cli.Bench.Http2;
using Inference.Adapters.Cli.Bench.Load;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Cli.Tests.Bench.Load;

public sealed class StreamAnswerTests
{
    [Test]
    public void Read_Answer_FindsIdAndContent()
    {
        var message = Message(null);
        var bytes = message.ToByteArray();

        var answer = StreamAnswer.Read(bytes);

        Assert.Multiple(() =>
        {
            Assert.That((answer.Id, answer.IsError, answer.IsLast), Is.EqualTo((42, false, true)));
            Assert.That(ModelInferResponse.Parser.ParseFrom(answer.Content(bytes)), Is.EqualTo(message.InferResponse));
        });
    }

    [TestCase(true, true)]
    [TestCase(false, false)]
    public void Read_FinalFlag_SaysWhetherMoreFollow(bool flag, bool expected) =>
        Assert.That(StreamAnswer.Read(Message(flag).ToByteArray()).IsLast, Is.EqualTo(expected));

    [Test]
    public void Read_Error_IsOneWithItsText()
    {
        var message = Message(null);
        message.ErrorMessage = new string('e', 300);
        var bytes = message.ToByteArray();

        Assert.That((StreamAnswer.Read(bytes).Id, StreamAnswer.Read(bytes).IsError, StreamAnswer.Error(bytes)), Is.EqualTo((42, true, message.ErrorMessage)));
    }

    [Test]
    public void Read_MessageThatIsCutOff_IsRefused()
    {
        var bytes = Message(true).ToByteArray();

        Assert.That(() => StreamAnswer.Read(bytes.AsSpan(0, bytes.Length - 1)), Throws.TypeOf<Http2Exception>());
    }

    private static ModelStreamInferResponse Message(bool? isLast)
    {
        var response = new ModelInferResponse { ModelName = "m", Id = "00000042", RawOutputContents = { ByteString.CopyFrom(new byte[300]) } };
        if (isLast is { } flag)
            response.Parameters["triton_final_response"] = new InferParameter { BoolParam = flag };
        response.Parameters["other"] = new InferParameter { StringParam = "x" };
        return new ModelStreamInferResponse { InferResponse = response };
    }
}
