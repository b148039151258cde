using System.Globalization;
using CsCheck;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Tests.Infer.Reference;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Infer;

/// <summary>The codec means by a message what the generated parser means by it.</summary>
internal sealed class CodecAgreementTests
{
    private static readonly Gen<(int At, byte Value)[]> Changes = Gen.Select(Gen.Int[0, 1000], Gen.Byte, (at, value) => (At: at, Value: value)).Array[0, 4];
    private long _rented;

    [SetUp]
    public void CountBuffers() => _rented = TensorPool.Shared.Rented;

    [TearDown]
    public void FindLostBuffers() => Assert.That(TensorPool.Shared.Rented, Is.EqualTo(_rented));

    [Test]
    public void Read_AnyRequest_IsTheSameAsOfTheGeneratedParser()
    {
        var (accepted, refused) = (0, 0);
        Gen.Select(WireSamples.Requests, Gen.Int[1, 40]).Sample(
            (message, chunk) =>
            {
                using var expected = ReferenceCodec.Read(message);
                using var call = Codec.Read(message, chunk);
                Interlocked.Increment(ref expected.Error is null ? ref accepted : ref refused);
                AssertSame(call, expected);
                Assert.That(call.Error?.Message, Is.EqualTo(expected.Error?.Message));
            },
            iter: 10_000);
        Assert.That(accepted, Is.GreaterThan(refused), "most samples are meant to be right");
        Assert.That(refused, Is.GreaterThan(100), "some samples are meant to be wrong");
    }

    [Test]
    public void Read_BrokenRequest_IsTakenOrRefusedAsByTheGeneratedParser() =>
        Gen.Select(WireSamples.Requests, Changes, Gen.Int[0, 1000], Gen.Byte.Array[0, 6], Gen.Int[1, 40]).Sample(
            (message, changes, cut, tail, chunk) =>
            {
                byte[] broken = [.. message[..Math.Min(cut, message.Length)], .. tail];
                foreach (var (at, value) in changes.Where(c => c.At < broken.Length))
                    broken[at] = value;
                using var expected = ReferenceCodec.Read(broken);
                using var call = Codec.Read(broken, chunk);
                AssertSame(call, expected);
            },
            iter: 20_000);

    [Test]
    public void Read_AnyBytes_AreTakenOrRefusedAsByTheGeneratedParser() =>
        Gen.Byte[0, 0x3f].Array[0, 12].Sample(
            bytes =>
            {
                using var expected = ReferenceCodec.Read(bytes);
                using var call = Codec.Read(bytes, 3);
                AssertSame(call, expected);
            },
            iter: 20_000);

    [TestCase(new byte[] { 15 }, TestName = "Read_WireTypeSeven_AsTheGeneratedParser")]
    [TestCase(new byte[] { 14, 14 }, TestName = "Read_WireTypeSix_AsTheGeneratedParser")]
    [TestCase(new byte[] { 12 }, TestName = "Read_EndOfNoGroup_AsTheGeneratedParser")]
    [TestCase(new byte[] { 10, 1, 0xff }, TestName = "Read_NameThatIsNoUtf8_AsTheGeneratedParser")]
    [TestCase(new byte[] { 10, 3, 0xed, 0xa0, 0x80 }, TestName = "Read_NameWithASurrogate_AsTheGeneratedParser")]
    [TestCase(new byte[] { 0x8a, 0x80, 0x80, 0x80, 0x80, 0x01, 1, 65 }, TestName = "Read_TagWithBitsAboveThe32nd_AsTheGeneratedParser")]
    [TestCase(new byte[] { 0x78, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f }, TestName = "Read_VarintOfTenBytes_AsTheGeneratedParser")]
    [TestCase(new byte[] { 0x78, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 }, TestName = "Read_VarintOfElevenBytes_AsTheGeneratedParser")]
    [TestCase(new byte[] { 0x3a, 0xff, 0xff, 0xff, 0xff, 0x0f }, TestName = "Read_NegativeLength_AsTheGeneratedParser")]
    [TestCase(new byte[] { 0x2a, 2, 0x7a, 5, 1, 1, 1, 1, 1 }, TestName = "Read_LengthBeyondItsMessage_AsTheGeneratedParser")]
    public void Read_Corner(byte[] message)
    {
        for (var chunk = 1; chunk <= message.Length; chunk++)
        {
            using var expected = ReferenceCodec.Read(message);
            using var call = Codec.Read(message, chunk);
            AssertSame(call, expected);
        }
    }

    [TestCase(50)]
    [TestCase(98)]
    [TestCase(99)]
    [TestCase(100)]
    [TestCase(10_000)]
    public void Read_NestedGroups_AsTheGeneratedParser(int depth)
    {
        byte[] groups = [.. Enumerable.Repeat((byte)0x7b, depth), .. Enumerable.Repeat((byte)0x7c, depth)];
        byte[][] places = [groups, [0x2a, .. Length(groups), .. groups], [0x22, .. Length([0x12, .. Length(groups), .. groups]), 0x12, .. Length(groups), .. groups]];
        foreach (var message in places)
        {
            using var expected = ReferenceCodec.Read(message);
            using var call = Codec.Read(message);
            Assert.That(call.Error?.Message, Is.EqualTo(expected.Error?.Message));
        }
    }

    private static byte[] Length(byte[] part) => part.Length < 0x80 ? [(byte)part.Length] : part.Length < 0x4000 ? [(byte)(part.Length | 0x80), (byte)(part.Length >> 7)] : [(byte)(part.Length | 0x80), (byte)((part.Length >> 7) | 0x80), (byte)(part.Length >> 14)];

    internal static void AssertSame(InferCall call, InferCall expected)
    {
        Assert.That((call.Error?.Code, call.Error is null ? call.Form : default), Is.EqualTo((expected.Error?.Code, expected.Error is null ? expected.Form : default)), expected.Error?.Message ?? call.Error?.Message);
        if (!call.TryGetRequest(DateTime.MaxValue, out var request) || !expected.TryGetRequest(DateTime.MaxValue, out var other))
            return;
        Assert.That((request.ModelName, request.Version, request.Id), Is.EqualTo((other.ModelName, other.Version, other.Id)));
        Assert.That(request.Parameters.Select(Text).Order(), Is.EqualTo(other.Parameters.Select(Text).Order()));
        Assert.That(request.Outputs, Is.EqualTo(other.Outputs));
        Assert.That(request.Inputs.Select(i => (i.Name, i.Tensor.Type, i.Tensor.Shape)), Is.EqualTo(other.Inputs.Select(i => (i.Name, i.Tensor.Type, i.Tensor.Shape))));
        for (var i = 0; i < request.Inputs.Count; i++)
            Assert.That(request.Inputs[i].Tensor.Data.Span.SequenceEqual(other.Inputs[i].Tensor.Data.Span));
    }

    private static string Text(KeyValuePair<string, object> parameter) =>
        string.Create(CultureInfo.InvariantCulture, $"{parameter.Key} {parameter.Value.GetType().Name} {parameter.Value:R}");
}
