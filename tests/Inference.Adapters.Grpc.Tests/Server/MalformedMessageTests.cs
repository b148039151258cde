using CsCheck;
using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class MalformedMessageTests
{
    private const string Service = "inference.GRPCInferenceService";

    private static readonly StatusCode[] Answers =
        [StatusCode.OK, StatusCode.InvalidArgument, StatusCode.NotFound, StatusCode.Unimplemented];

    [TestCase(new byte[] { 10, 5, 97 }, TestName = "ModelInfer_TruncatedString_IsInvalidArgument")]
    [TestCase(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 }, TestName = "ModelInfer_EndlessVarint_IsInvalidArgument")]
    [TestCase(new byte[] { 58, 255, 255, 255, 127 }, TestName = "ModelInfer_RawEntryOfTwoGiB_IsInvalidArgument")]
    [TestCase(new byte[] { 7 }, TestName = "ModelInfer_UnknownWireType_IsInvalidArgument")]
    public async Task ModelInfer_BytesThatAreNoMessage(byte[] message)
    {
        await using var server = await LoopbackServer.StartAsync();
        var error = await RefusedAsync(() => server.CallAsync(Service, "ModelInfer", message));
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(error.Status.Detail, Does.Contain("is not a valid Protobuf message").And.Not.Contain("Exception"));
    }

    [Test]
    public async Task ModelInfer_RandomlyBrokenMessage_GetsAProperStatus()
    {
        await using var server = await LoopbackServer.StartAsync(
            TestModel.Identity("m", TensorType.Bytes), TestModel.Identity("n", TensorType.Int16));
        byte[][] seeds =
        [
            Raw("m", TensorType.Bytes, [1, 0, 0, 0, 65, 0, 0, 0, 0], 2).ToByteArray(),
            Typed("n", TensorType.Int16, new InferTensorContents { IntContents = { 1, -2, 3 } }, 3).ToByteArray(),
        ];
        var changes = Gen.Select(Gen.Int[0, 1].Select(i => seeds[i]), Gen.Select(Gen.Int[0, 200], Gen.Byte, (at, value) => (At: at, Value: value)).Array[0, 4], Gen.Int[0, 200]);
        await changes.SampleAsync(
            async (seed, flips, length) =>
            {
                var message = seed[..Math.Min(length, seed.Length)];
                foreach (var (at, value) in flips.Where(f => f.At < message.Length))
                    message[at] = value;
                Assert.That(await StatusOf(server.CallAsync(Service, "ModelInfer", message)), Is.AnyOf(Answers));
            },
            iter: 400);
        var answer = await server.Client.ModelInferAsync(Raw("n", TensorType.Int16, [1, 2], 1));
        Assert.That(answer.RawOutputContents[0].ToByteArray(), Is.EqualTo(new byte[] { 1, 2 }));
    }

    [TestCase(new byte[] { 0, 255, 255, 255, 255 }, "8")]
    [TestCase(new byte[] { 0, 127, 255, 255, 255 }, "8")]
    [TestCase(new byte[] { 2, 0, 0, 0, 0 }, "3")]
    [TestCase(new byte[] { 0, 0, 0, 0, 9, 1 }, "13")]
    [TestCase(new byte[] { 0, 0 }, "13")]
    [TestCase(new byte[] { }, "13")]
    [TestCase(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, "13")]
    public async Task ModelInfer_BrokenFrame_GetsAProperStatus(byte[] body, string status)
    {
        await using var server = await LoopbackServer.StartAsync();
        Assert.That((await server.PostAsync("ModelInfer", body)).Status, Is.EqualTo(status));
    }

    [TestCase("ModelStreamInfer")]
    [TestCase("ServerLive")]
    public async Task Call_FrameOfFourGiBAnnounced_IsTooLarge(string method)
    {
        await using var server = await LoopbackServer.StartAsync();
        var (status, text) = await server.PostAsync(method, [0, 255, 255, 255, 255]);
        Assert.That(status, Is.EqualTo("8"));
        Assert.That(text, Does.Contain("2 GiB"));
    }

    [TestCase("ModelStreamInfer")]
    [TestCase("ServerLive")]
    public async Task Call_DeadlineOfTooManyDigits_CountsAsNone(string method)
    {
        await using var server = await LoopbackServer.StartAsync();
        using var http = new HttpClient { DefaultRequestVersion = System.Net.HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        http.DefaultRequestHeaders.TE.Add(new("trailers"));
        http.DefaultRequestHeaders.Add("grpc-timeout", "999999999H");
        using var body = new ByteArrayContent(method == "ServerLive" ? [0, 0, 0, 0, 0] : []);
        body.Headers.ContentType = new("application/grpc");
        using var response = await http.PostAsync(new Uri(server.Address, $"/inference.GRPCInferenceService/{method}"), body);
        await response.Content.ReadAsByteArrayAsync();
        var headers = response.TrailingHeaders.Contains("grpc-status") ? response.TrailingHeaders : response.Headers;
        Assert.That(headers.GetValues("grpc-status"), Is.EqualTo(new[] { "0" }));
    }

    // The tensors are made before the library finds the rest, and no method is ever called with them.
    [TestCase(1)]
    [TestCase(1000)]
    public async Task ModelInfer_MessageFollowedByMore_GivesItsBuffersBack(int rest)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.Int16));
        byte[] message = Framed(Raw("m", TensorType.Int16, [1, 0, 2, 0], 2));
        Assert.That((await server.PostAsync("ModelInfer", [.. message, .. new byte[rest]])).Status, Is.EqualTo("13"));
    }

    [Test]
    public async Task ModelInfer_BrokenCompression_IsInvalidArgument()
    {
        await using var server = await LoopbackServer.StartAsync();
        Assert.That((await server.PostAsync("ModelInfer", [1, 0, 0, 0, 4, 1, 2, 3, 4], "gzip")).Status, Is.EqualTo("3"));
        Assert.That((await server.PostAsync("ModelInfer", [1, 0, 0, 0, 4, 1, 2, 3, 4], "brotli")).Status, Is.EqualTo("12"));
    }

    private static async Task<StatusCode> StatusOf(Task call)
    {
        try
        {
            await call;
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }
}
