using CsCheck;
using Google.Protobuf;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Infer.Arrival;
using Inference.Adapters.Grpc.Tests.Infer.Reference;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Infer.Arrival;

/// <summary>A request that is taken while it arrives is the same as one that is read when it is complete.</summary>
internal sealed class RequestArrivalTests
{
    private static readonly Gen<(int At, byte Value)[]> Changes = Gen.Select(Gen.Int[0, 400], Gen.Byte, (at, value) => (At: at, Value: value)).Array[0, 3];
    private long _rented;

    [SetUp]
    public void CountBuffers() => _rented = TensorPool.Shared.Rented;

    [TearDown]
    public void FindLostBuffers() => Assert.That(TensorPool.Shared.Rented, Is.EqualTo(_rented));

    [Test]
    public void Read_AnyRequestInAnyPieces_IsTheSameAsOfTheGeneratedParser()
    {
        var taken = 0;
        Gen.Select(WireSamples.Requests, Gen.Int[1, 12], Gen.Int[1, 60].Array[1, 8], Gen.Int[1, 40]).Sample(
            (message, least, pieces, chunk) =>
            {
                using var expected = ReferenceCodec.Read(message);
                using var call = Arrive(message, least, pieces, chunk, ref taken);
                CodecAgreementTests.AssertSame(call, expected);
                Assert.That(call.Error?.Message, Is.EqualTo(expected.Error?.Message));
            },
            iter: 10_000);
        Assert.That(taken, Is.GreaterThan(1000), "most samples are meant to have entries that are taken out");
    }

    [Test]
    public void Read_BrokenRequestInAnyPieces_IsTakenOrRefusedAsByTheGeneratedParser() =>
        Gen.Select(WireSamples.Requests, Changes, Gen.Int[0, 400], Gen.Byte.Array[0, 6], Gen.Int[1, 60].Array[1, 8]).Sample(
            (message, changes, cut, tail, pieces) =>
            {
                byte[] broken = [.. message[..Math.Min(cut, message.Length)], .. tail];
                foreach (var (at, value) in changes.Where(c => c.At < broken.Length))
                    broken[at] = value;
                var taken = 0;
                using var expected = ReferenceCodec.Read(broken);
                using var call = Arrive(broken, 2, pieces, 7, ref taken);
                CodecAgreementTests.AssertSame(call, expected);
            },
            iter: 20_000);

    [TestCase(new byte[] { 0x3a, 4, 1, 2, 3, 4, 0xba, 0x80, 0x80, 0x80, 0x80, 0x01, 4, 5, 6, 7, 8, 0x3a, 4, 9, 9, 9, 9 }, TestName = "Read_TagWithBitsAboveThe32nd_CountsItsEntry")]
    [TestCase(new byte[] { 0x3a, 0x84, 0x80, 0x80, 0x80, 0x10, 1, 2, 3, 4 }, TestName = "Read_LengthWithBitsAboveThe32nd_DropsThem")]
    [TestCase(new byte[] { 0x3a, 4, 1, 2, 3, 4, 0x7b, 0x7c, 0x3a, 4, 5, 6, 7, 8 }, TestName = "Read_GroupBetweenEntries_LeavesTheRest")]
    [TestCase(new byte[] { 0x3a, 4, 1, 2, 3, 4, 0, 0x3a, 4, 5, 6, 7, 8 }, TestName = "Read_FieldZeroBetweenEntries_IsRefused")]
    public void Read_Corner(byte[] entries)
    {
        var inputs = new ModelInferRequest { ModelName = "m", ModelVersion = "1" };
        foreach (var name in new[] { "a", "b", "c" })
            inputs.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = name, Datatype = "UINT8", Shape = { 4 } });
        byte[] message = [.. inputs.ToByteArray(), .. entries];
        for (var piece = 1; piece <= message.Length; piece++)
        {
            var taken = 0;
            using var expected = ReferenceCodec.Read(message);
            using var call = Arrive(message, 4, [piece], 3, ref taken);
            CodecAgreementTests.AssertSame(call, expected);
        }
    }

    [TestCase(1000)]
    [TestCase(200_000)]
    public void Read_MuchAroundTheEntries_IsTheSame(int around)
    {
        var request = new ModelInferRequest { ModelName = "m", ModelVersion = "1", Id = new string('i', around) };
        request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "a", Datatype = "UINT8", Shape = { 100_000 } });
        request.RawInputContents.Add(ByteString.CopyFrom(Enumerable.Range(0, 100_000).Select(i => (byte)i).ToArray()));
        var message = request.ToByteArray();
        var taken = 0;
        using var expected = ReferenceCodec.Read(message);
        using var call = Arrive(message, RequestArrival.LeastEntry, [16_384], 4096, ref taken);
        CodecAgreementTests.AssertSame(call, expected);
    }

    [Test]
    public void Take_EntryThatIsOnlyAnnounced_TakesNoMemory()
    {
        const int size = 8 << 20;
        byte[] head = [0x3a, 0x80, 0x80, 0x80, 0x04];
        using var arrival = new RequestArrival(head.Length + size);

        arrival.Take(new(head));
        arrival.Take(new([.. head, .. new byte[(size / 8) - 1]]));
        Assert.That((TensorPool.Shared.Rented - _rented, arrival.Taken), Is.EqualTo((0L, 0L)));

        arrival.Take(new([.. head, .. new byte[size / 8]]));
        Assert.That((TensorPool.Shared.Rented - _rented, arrival.Taken), Is.EqualTo((1L, head.Length + (long)(size / 8))));
    }

    private static InferCall Arrive(byte[] message, int least, int[] pieces, int chunk, ref int taken)
    {
        using var arrival = new RequestArrival(message.Length, least);
        for (var (at, turn) = (0, 0); at < message.Length; turn++)
        {
            // What was not taken comes again, with more behind it, in segments at other places.
            at = Math.Min(message.Length, at + pieces[turn % pieces.Length]);
            var bytes = Codec.Chunks(message[(int)arrival.Taken..at], chunk);
            var before = arrival.Taken;
            var rest = bytes.Slice(arrival.Take(bytes));
            Assert.That(arrival.Taken - before, Is.EqualTo(bytes.Length - rest.Length));
        }

        if (arrival.Taken > 0)
            Interlocked.Increment(ref taken);
        return arrival.Read(arrival.Taken == message.Length ? default : Codec.Chunks(message[(int)arrival.Taken..], chunk));
    }
}
