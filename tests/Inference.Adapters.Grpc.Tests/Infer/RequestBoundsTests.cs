using Google.Protobuf;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Tests.Infer;

internal sealed class RequestBoundsTests
{
    [TestCase(new byte[] { 0x2a, 0 }, RequestBounds.MostInputs, "inputs")]
    [TestCase(new byte[] { 0x32, 0 }, RequestBounds.MostOutputs, "requested outputs")]
    [TestCase(new byte[] { 0x22, 0 }, RequestBounds.MostParameters, "parameters")]
    [TestCase(new byte[] { 0x3a, 0 }, RequestBounds.MostInputs, "entries in raw_input_contents")]
    [TestCase(new byte[] { 0xaa, 0x80, 0x80, 0x80, 0x80, 0x01, 0 }, RequestBounds.MostInputs, "inputs", Description = "A tag whose bits above the 32nd are set.")]
    public void Read_OnePartTooMany_IsRefusedWithTheirNumber(byte[] part, int most, string what)
    {
        byte[] bytes = [.. Enumerable.Repeat(part, most).SelectMany(p => p)];
        using (var call = Codec.Read(bytes))
            Assert.That(call.Error?.Message, Is.Null.Or.Not.Contains(" are accepted").Or.Contains("1024"));
        Assert.That(Codec.Refused([.. bytes, .. part]), Does.Contain($"{most + 1} {what}; at most {most} are accepted"));
        Assert.That(Codec.Refused([.. bytes, .. part, .. part, 0xff]), Does.Contain($"{most + 2} {what}; at most {most} are accepted"), "followed by what is no Protobuf");
    }

    [Test]
    public void Read_BytesElementsOfAllInputsTogether_AreBoundedAndTheRawFormNamed()
    {
        var most = Elements(RequestBounds.MostBytesElements);
        Assert.That(Codec.Refused(most), Does.Contain("has no name"));
        Assert.That(
            Codec.Refused([.. most, .. Elements(1)]),
            Does.Contain($"{RequestBounds.MostBytesElements + 1} elements in bytes_contents").And.Contain("raw_input_contents"));
    }

    [Test]
    public void Read_ShapeOfVeryManyDimensions_IsRefused([Values] bool packed)
    {
        byte[] bytes = packed
            ? new ModelInferRequest { Inputs = { new ModelInferRequest.Types.InferInputTensor { Shape = { new long[RequestBounds.MostShapeBytes + 1] } } } }.ToByteArray()
            : [0x2a, 0x82, 0x80, 0x80, 0x01, .. Enumerable.Repeat<byte[]>([0x18, 0], RequestBounds.MostShapeBytes + 1).SelectMany(b => b)];
        Assert.That(Codec.Refused(bytes), Does.Contain($"{RequestBounds.MostShapeBytes + 1} bytes of shapes"));
    }

    private static byte[] Elements(int count) => new ModelInferRequest
    {
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Contents = new InferTensorContents { BytesContents = { Enumerable.Repeat(ByteString.Empty, count) } } } },
    }.ToByteArray();
}
