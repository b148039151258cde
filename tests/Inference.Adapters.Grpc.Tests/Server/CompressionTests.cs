using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;
using CallHeaders = Grpc.Core.Metadata;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class CompressionTests
{
    private static readonly CallHeaders Gzip = new() { { "grpc-internal-encoding-request", "gzip" } };
    private static readonly byte[] Zeros = new byte[100_000];

    [Test]
    public async Task ModelInfer_CompressedCall_IsAnsweredRight()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));

        var answer = await server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, Zeros, Zeros.Length), Gzip);

        Assert.That(answer.RawOutputContents[0].ToByteArray(), Is.EqualTo(Zeros));
    }

    [TestCase("gzip", "identity,gzip", true)]
    [TestCase("gzip", "gzip", true)]
    [TestCase("gzip", "identity", false)]
    [TestCase("gzip", null, false)]
    [TestCase("identity", "identity, deflate, gzip", false)]
    [TestCase(null, "gzip", false)]
    public async Task ModelInfer_Encodings_CompressTheAnswerOnlyWhereItIsAskedFor(string? encoding, string? accepted, bool expected)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        var message = Raw("m", TensorType.UInt8, Zeros, Zeros.Length).ToByteArray();

        var (headers, body) = await AskAsync(server, encoding == "gzip" ? Frame(1, Packed(message)) : Frame(0, message), encoding, accepted);

        Assert.Multiple(() =>
        {
            Assert.That(body[0], Is.EqualTo(expected ? 1 : 0));
            Assert.That(body.Length, expected ? Is.LessThan(2_000) : Is.GreaterThan(Zeros.Length));
            Assert.That(headers.TryGetValues("grpc-encoding", out var told) ? told.Single() : "identity", Is.EqualTo(expected ? "gzip" : "identity"));
        });
    }

    // Whether a message is compressed stands in its own frame; clients send small ones as they are.
    [Test]
    public async Task ModelInfer_PlainMessageOfACompressedCall_IsAnsweredCompressed()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));

        var (_, body) = await AskAsync(server, Framed(Raw("m", TensorType.UInt8, Zeros, Zeros.Length)), "gzip", "gzip");

        Assert.That(body[0], Is.EqualTo(1));
    }

    [Test]
    public async Task ModelStreamInfer_CompressedStream_IsAnsweredRight([Values] bool compressed)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        using var stream = server.Client.ModelStreamInfer(compressed ? Gzip : []);

        for (var i = 0; i < 3; i++)
            await stream.RequestStream.WriteAsync(Raw("m", TensorType.UInt8, Zeros, Zeros.Length));
        await stream.RequestStream.CompleteAsync();
        var answers = await stream.ResponseStream.ReadAllAsync().ToListAsync();

        Assert.That(answers.Select(a => a.InferResponse.RawOutputContents[0].Length), Is.EqualTo(Enumerable.Repeat(Zeros.Length, 3)));
    }

    [TestCase("gzip", 1)]
    [TestCase("identity", 0)]
    public async Task ModelStreamInfer_Encodings_CompressTheAnswersOnlyWhereItIsAskedFor(string encoding, byte expected)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        byte[] frame = Framed(Raw("m", TensorType.UInt8, Zeros, Zeros.Length));

        var (_, body) = await AskAsync(server, [.. frame, .. frame], encoding, "identity,gzip", "ModelStreamInfer");

        Assert.That(body[0], Is.EqualTo(expected));
        Assert.That(body.Length, expected == 1 ? Is.LessThan(4_000) : Is.GreaterThan(2 * Zeros.Length));
    }

    [TestCase("ModelInfer")]
    [TestCase("ModelStreamInfer")]
    [TestCase("ModelMetadata")]
    public async Task Call_MessageThatUnpacksToFarMoreThanTheLimit_IsRefusedAtTheLimit(string method)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        var bomb = Frame(1, Bomb(512 << 20));
        Assert.That(bomb.Length, Is.LessThan(LoopbackServer.SmallLimit), "it passes as a message");
        await server.PostAsync(method, Frame(1, Bomb(1 << 22)), "gzip");

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var (status, text) = await server.PostAsync(method, bomb, "gzip");
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo("8"));
            Assert.That(text, Does.Contain($"{LoopbackServer.SmallLimit} bytes").And.Contain("after decompression"));
            Assert.That(allocated, Is.LessThan(16 << 20), "what is unpacked stays near the limit");
        });
    }

    [Test]
    public async Task ModelInfer_BombsOfAFewKilobytesAtOnce_AreAllRefusedAndTheServerLives()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        var bomb = Frame(1, Bomb(8 << 20));
        Assert.That(bomb.Length, Is.LessThan(10_000));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => server.PostAsync("ModelInfer", bomb, "gzip")));

        Assert.That(answers.Select(a => a.Status), Is.All.EqualTo("8"));
        Assert.That((await server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1))).RawOutputContents[0], Has.Length.EqualTo(1));
    }

    [Test]
    public async Task ModelInfer_MessageThatUnpacksToExactlyTheLimit_IsAnswered()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        var length = LoopbackServer.SmallLimit - Raw("m", TensorType.UInt8, new byte[1 << 19], 1 << 19).CalculateSize() + (1 << 19);
        var message = Raw("m", TensorType.UInt8, new byte[length], length).ToByteArray();

        var (_, body) = await AskAsync(server, Frame(1, Packed(message)), "gzip", null);

        Assert.That(message, Has.Length.EqualTo(LoopbackServer.SmallLimit));
        Assert.That(body, Has.Length.GreaterThan(length));
    }

    [TestCase("deflate")]
    [TestCase("snappy")]
    public async Task ModelInfer_OtherEncoding_IsUnimplementedAndToldWhichThereAre(string encoding)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));

        var (headers, body) = await AskAsync(server, Frame(1, [1, 2, 3]), encoding, "identity");

        Assert.Multiple(() =>
        {
            Assert.That(body, Is.Empty);
            Assert.That(headers.GetValues("grpc-status").Single(), Is.EqualTo("12"));
            Assert.That(headers.GetValues("grpc-message").Single(), Does.Contain(encoding).And.Contain("gzip"));
            Assert.That(headers.GetValues("grpc-accept-encoding").Single(), Does.Contain("gzip").And.Not.Contain(encoding));
        });
    }

    private static byte[] Packed(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] Bomb(int unpacked)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
        {
            var part = new byte[1 << 20];
            for (var i = 0; i < unpacked; i += part.Length)
                gzip.Write(part);
        }

        return packed.ToArray();
    }

    private static byte[] Frame(byte flag, byte[] message)
    {
        byte[] frame = [flag, 0, 0, 0, 0, .. message];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        return frame;
    }

    private static async Task<(System.Net.Http.Headers.HttpResponseHeaders Headers, byte[] Body)> AskAsync(LoopbackServer server, byte[] frame, string? encoding, string? accepted, string method = "ModelInfer")
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, $"/inference.GRPCInferenceService/{method}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        if (encoding is not null)
            request.Headers.TryAddWithoutValidation("grpc-encoding", encoding);
        if (accepted is not null)
            request.Headers.TryAddWithoutValidation("grpc-accept-encoding", accepted);
        using var response = await http.SendAsync(request);
        return (response.Headers, await response.Content.ReadAsByteArrayAsync());
    }
}
