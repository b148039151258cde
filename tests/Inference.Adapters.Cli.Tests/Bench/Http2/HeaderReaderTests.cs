using System.Text;
using Grpc.Core;
using Inference.Adapters.Cli.Bench.Http2;

namespace Inference.Adapters.Cli.Tests.Bench.Http2;

public sealed class HeaderReaderTests
{
    // The examples of RFC 7541, appendix C.4.
    [TestCase("F1E3C2E5F23A6BA0AB90F4FF", "www.example.com")]
    [TestCase("A8EB10649CBF", "no-cache")]
    [TestCase("25A849E95BA97D7F", "custom-key")]
    [TestCase("25A849E95BB8E8B4BF", "custom-value")]
    [TestCase("", "")]
    public void Decode_ExamplesOfTheStandard_AreRead(string coded, string expected) =>
        Assert.That(Huffman.Decode(Convert.FromHexString(coded)), Is.EqualTo(expected));

    [TestCase("FFFFFFFF")]
    [TestCase("00")]
    public void Decode_PaddingThatIsNone_IsRefused(string coded) =>
        Assert.That(() => Huffman.Decode(Convert.FromHexString(coded)), Throws.TypeOf<Http2Exception>());

    [Test]
    public void Read_PlainTrailers_GivesStatusAndText()
    {
        var head = new HeaderReader().Read([.. Literal(0, "grpc-status", "8"), .. Literal(0, "grpc-message", "the queue%20is full")]);

        var status = head.Ended(200);
        Assert.That((status.StatusCode, status.Detail), Is.EqualTo((StatusCode.ResourceExhausted, "the queue is full")));
    }

    [Test]
    public void Read_IndexedStatusAndTableUpdate_GivesHttpStatus()
    {
        var reader = new HeaderReader();

        Assert.Multiple(() =>
        {
            Assert.That(reader.Read([0x20, 0x88]).Http, Is.EqualTo(200));
            Assert.That(reader.Read([0x8D]).Ended(0).StatusCode, Is.EqualTo(StatusCode.Unimplemented));
            Assert.That(reader.Read([0x48, 3, (byte)'5', (byte)'0', (byte)'3']).Ended(0).StatusCode, Is.EqualTo(StatusCode.Unavailable));
        });
    }

    [Test]
    public void Read_SameBlockAgain_GivesTheSameHead()
    {
        var reader = new HeaderReader();
        var (first, other) = (Literal(0, "grpc-status", "0"), Literal(0, "grpc-status", "5"));

        Assert.That(new[] { reader.Read(first), reader.Read(other), reader.Read(first) }.Select(h => h.Grpc), Is.EqualTo(new int?[] { 0, 5, 0 }));
    }

    [TestCase("7F")]
    [TestCase("BF01")]
    [TestCase("000A61")]
    [TestCase("FFFFFFFFFF0F")]
    public void Read_BrokenBlock_IsRefused(string block) =>
        Assert.That(() => new HeaderReader().Read(Convert.FromHexString(block)), Throws.TypeOf<Http2Exception>());

    [Test]
    public void Ended_WithoutAnyStatus_IsAnError() => Assert.That(ResponseHead.None.Ended(200).StatusCode, Is.EqualTo(StatusCode.Internal));

    private static byte[] Literal(byte first, string name, string value) =>
        [first, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
}
