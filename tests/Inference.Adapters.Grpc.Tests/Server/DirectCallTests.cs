using System.Net;
using Grpc.Core;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Calls that are answered without the gRPC library, and those at the border. Disposal of the server finds what is lost.</summary>
internal sealed class DirectCallTests
{
    private const int Large = 700_000;

    [TestCase(0, "0")]
    [TestCase(-1, "13")]
    [TestCase(-300_000, "13")]
    [TestCase(1, "13")]
    [TestCase(200_000, "13")]
    public async Task ModelInfer_LargeMessageWithBytesTooManyOrTooFew_IsTold(int more, string status)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        byte[] body = Framed(Raw("m", TensorType.UInt8, new byte[Large], Large));
        body = more < 0 ? body[..^-more] : [.. body, .. new byte[more]];
        Assert.That(await StatusAsync(server, new ByteArrayContent(body)), Is.EqualTo(status));
    }

    [Test]
    public async Task ModelInfer_LargeTensorsAndSmallOnes_ComeBackAsTheyWere()
    {
        await using var server = await LoopbackServer.StartAsync(16 << 20, TestModel.Identity("m", TensorType.UInt8));
        var random = new Random(3);
        foreach (var size in new[] { 0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_003, 9_000_001 })
        {
            var data = new byte[size];
            random.NextBytes(data);
            var answer = await server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, data, size));
            Assert.That(answer.RawOutputContents[0].Span.SequenceEqual(data), $"{size} bytes");
        }
    }

    [Test]
    public async Task ModelInfer_DeadlinePassesWhileTheMessageArrives_IsDeadlineExceeded([Values(1000, Large)] int announced)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        byte[] body = Framed(Raw("m", TensorType.UInt8, new byte[announced], announced));
        Assert.That(await StatusAsync(server, new EndlessBody(body[..(announced / 2)]), timeout: "100m"), Is.EqualTo("4"));
    }

    [Test]
    public async Task ModelInfer_DeadlineOfUnusualForm_IsAnswered([Values("99999999H", "999999999H", "xyz", "0S")] string timeout)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        Assert.That(await StatusAsync(server, new ByteArrayContent(Framed(Raw("m", TensorType.UInt8, [1], 1))), timeout), Is.EqualTo("0"));
    }

    [Test]
    public async Task ModelInfer_ErrorTextThatIsNotAscii_ReachesTheClient()
    {
        await using var server = await LoopbackServer.StartAsync();
        var error = await RefusedAsync(() => server.Client.ModelInferAsync(Raw("größe 100 % 💡", TensorType.UInt8, [1], 1)).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.NotFound));
        Assert.That(error.Status.Detail, Does.Contain("größe 100 % 💡"));
    }

    [Test]
    public async Task ModelInfer_OtherContentType_IsUnsupported()
    {
        await using var server = await LoopbackServer.StartAsync();
        using var http = new HttpClient();
        using var request = Request(server, new ByteArrayContent([0, 0, 0, 0, 0]), null);
        request.Content!.Headers.ContentType = new("application/json");
        using var response = await http.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
    }

    [Test]
    public async Task ModelInfer_ManyLargeRequests_AllocateNoManagedMemoryForTheirTensors()
    {
        const int requests = 1000;
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        using var http = new HttpClient();
        byte[] body = Framed(Raw("m", TensorType.UInt8, new byte[Large], Large));
        for (var i = 0; i < 20; i++)
            await AnswerAsync(server, http, body);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < requests; i++)
            await AnswerAsync(server, http, body);
        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / requests;

        // With all that the client and the web server allocate for a call.
        Assert.That(each, Is.LessThan(85_000), "bytes allocated for a request; at 85,000 the large object heap begins");
    }

    private static async Task AnswerAsync(LoopbackServer server, HttpClient http, byte[] body)
    {
        using var request = Request(server, new ByteArrayContent(body), null);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await response.Content.CopyToAsync(Stream.Null);
        Assert.That(response.TrailingHeaders.GetValues("grpc-status"), Is.EqualTo(new[] { "0" }));
    }

    private static async Task<string> StatusAsync(LoopbackServer server, HttpContent body, string? timeout = null)
    {
        using var http = new HttpClient();
        using var request = Request(server, body, timeout);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.Headers.TryGetValues("grpc-status", out var status))
            return status.Single();
        await response.Content.CopyToAsync(Stream.Null);
        return response.TrailingHeaders.GetValues("grpc-status").Single();
    }

    private static HttpRequestMessage Request(LoopbackServer server, HttpContent body, string? timeout)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, "/inference.GRPCInferenceService/ModelInfer"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = body,
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        if (timeout is not null)
            request.Headers.TryAddWithoutValidation("grpc-timeout", timeout);
        return request;
    }
}
