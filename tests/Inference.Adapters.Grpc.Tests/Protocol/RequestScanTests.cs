using System.Buffers;
using CsCheck;
using Google.Protobuf;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Protocol;
using Inference.Adapters.Protocol;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Tests.Protocol;

internal sealed class RequestScanTests
{
    private static readonly byte[] Seed = new ModelInferRequest
    {
        ModelName = "m",
        Parameters = { ["p"] = new InferParameter { Int64Param = 1 } },
        Inputs =
        {
            new ModelInferRequest.Types.InferInputTensor { Name = "a", Shape = { 1 }, Parameters = { ["q"] = new InferParameter { BoolParam = true }, ["r"] = new InferParameter() } },
            new ModelInferRequest.Types.InferInputTensor { Contents = new InferTensorContents { IntContents = { 1, 2 }, BytesContents = { ByteString.CopyFrom(65), ByteString.Empty } } },
        },
        Outputs = { new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "y", Parameters = { ["s"] = new InferParameter() } } },
        RawInputContents = { ByteString.CopyFrom(0x2a, 0, 0x2a, 0) },
    }.ToByteArray();

    [Test]
    public void Of_Request_CountsItsParts()
    {
        var scan = RequestScan.Of(new ReadOnlySequence<byte>(Seed));
        Assert.That((scan.Inputs, scan.Outputs, scan.Parameters), Is.EqualTo((2, 1, 4)));
        Assert.That((scan.RawEntries, scan.BytesElements, scan.ShapeBytes), Is.EqualTo((1, 2, 1)));
    }

    [Test]
    public void Of_AnyBytesThatParse_CountsNoLessThanTheParser()
    {
        var flips = Gen.Select(Gen.Int[0, Seed.Length - 1], Gen.Byte, (at, value) => (At: at, Value: value)).Array[0, 4];
        Gen.Select(flips, Gen.Byte.Array[0, 12], Gen.Int[1, 7]).Sample((changes, tail, chunk) =>
        {
            byte[] bytes = [.. Seed, .. tail];
            foreach (var (at, value) in changes)
                bytes[at] = value;
            var scan = RequestScan.Of(Chunks(bytes, chunk));
            return !TryParse(bytes, out var parsed)
                || (scan.Inputs >= parsed.Inputs.Count && scan.Outputs >= parsed.Outputs.Count && scan.Parameters >= Parameters(parsed)
                    && scan.RawEntries >= parsed.RawInputContents.Count && scan.BytesElements >= parsed.Inputs.Sum(i => i.Contents?.BytesContents.Count ?? 0));
        });
    }

    [TestCase(new byte[] { 0x2a, 0 }, InferRequestMapper.MostInputs, "inputs")]
    [TestCase(new byte[] { 0x32, 0 }, RequestedOutputs.Most, "requested outputs")]
    [TestCase(new byte[] { 0x22, 0 }, RequestScan.MostParameters, "parameters")]
    [TestCase(new byte[] { 0x3a, 0 }, InferRequestMapper.MostInputs, "entries in raw_input_contents")]
    [TestCase(new byte[] { 0xaa, 0x80, 0x80, 0x80, 0x80, 0x01, 0 }, InferRequestMapper.MostInputs, "inputs", Description = "A tag whose bits above the 32nd are set.")]
    public void Check_OnePartTooMany_IsRefused(byte[] part, int most, string what)
    {
        byte[] bytes = [.. Enumerable.Repeat(part, most).SelectMany(p => p)];
        Assert.That(() => RequestScan.Of(new ReadOnlySequence<byte>(bytes)).Check(), Throws.Nothing);
        var error = Assert.Throws<InferenceException>(() => RequestScan.Of(new ReadOnlySequence<byte>([.. bytes, .. part])).Check());
        Assert.That(error!.Message, Does.Contain($"{most + 1} {what}"));
    }

    [Test]
    public void Check_BytesElementsOfAllInputsTogether_AreBoundedAndTheRawFormNamed()
    {
        var most = Elements(RequestScan.MostBytesElements);
        Assert.That(() => RequestScan.Of(new ReadOnlySequence<byte>(most)).Check(), Throws.Nothing);
        var error = Assert.Throws<InferenceException>(() => RequestScan.Of(new ReadOnlySequence<byte>([.. most, .. Elements(1)])).Check());
        Assert.That(error!.Message, Does.Contain($"{RequestScan.MostBytesElements + 1} elements in bytes_contents").And.Contain("raw_input_contents"));
    }

    [Test]
    public void Check_ShapeOfVeryManyDimensions_IsRefused()
    {
        var bytes = new ModelInferRequest { Inputs = { new ModelInferRequest.Types.InferInputTensor { Shape = { new long[RequestScan.MostShapeBytes + 1] } } } }.ToByteArray();
        var error = Assert.Throws<InferenceException>(() => RequestScan.Of(new ReadOnlySequence<byte>(bytes)).Check());
        Assert.That(error!.Message, Does.Contain("bytes of shapes"));
    }

    private static byte[] Elements(int count) => new ModelInferRequest
    {
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Contents = new InferTensorContents { BytesContents = { Enumerable.Repeat(ByteString.Empty, count) } } } },
    }.ToByteArray();

    private static int Parameters(ModelInferRequest request) =>
        request.Parameters.Count + request.Inputs.Sum(i => i.Parameters.Count) + request.Outputs.Sum(o => o.Parameters.Count);

    private static bool TryParse(byte[] bytes, out ModelInferRequest request)
    {
        try
        {
            request = ModelInferRequest.Parser.ParseFrom(bytes);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            request = new ModelInferRequest();
            return false;
        }
    }

    private static ReadOnlySequence<byte> Chunks(byte[] bytes, int size)
    {
        var first = new Segment(bytes.AsMemory(0, Math.Min(size, bytes.Length)), null);
        var last = first;
        for (var i = size; i < bytes.Length; i += size)
            last = new Segment(bytes.AsMemory(i, Math.Min(size, bytes.Length - i)), last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
