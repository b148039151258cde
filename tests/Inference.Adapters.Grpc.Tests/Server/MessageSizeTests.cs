using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;
using CallHeaders = Grpc.Core.Metadata;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class MessageSizeTests
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task ModelInfer_MessageAboveTheLimit_NamesLimitAndOption(bool compressed)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        var request = Raw("m", TensorType.UInt8, new byte[8 << 20], 8 << 20);
        var error = await RefusedAsync(() => server.Client.ModelInferAsync(request, Headers(compressed)).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
        Assert.That(error.Status.Detail, Does.Contain("1048576 bytes").And.Contain("Server:MaxMessageBytes"));
        var next = await server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1), Headers(compressed));
        Assert.That(next.RawOutputContents[0].ToByteArray(), Is.EqualTo(new byte[] { 1 }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task ModelInfer_MessageOfExactlyTheLimit_IsAnswered(bool compressed)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        var length = LoopbackServer.SmallLimit - Raw("m", TensorType.UInt8, new byte[1 << 19], 1 << 19).CalculateSize() + (1 << 19);
        var request = Raw("m", TensorType.UInt8, new byte[length], length);
        Assert.That(request.CalculateSize(), Is.EqualTo(LoopbackServer.SmallLimit));
        var answer = await server.Client.ModelInferAsync(request, Headers(compressed));
        Assert.That(answer.RawOutputContents[0].Length, Is.EqualTo(length));
    }

    [Test]
    public async Task ModelInfer_MessageAboveTheWebServersOwnLimit_IsAnswered()
    {
        await using var server = await LoopbackServer.StartAsync(64 << 20, TestModel.Identity("m", TensorType.UInt8));
        var answer = await server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, new byte[40 << 20], 40 << 20));
        Assert.That(answer.RawOutputContents[0].Length, Is.EqualTo(40 << 20));
    }

    [Test]
    public async Task ModelInfer_ManyTinyParts_AreRefusedBeforeTheyTakeMemory()
    {
        await using var server = await LoopbackServer.StartAsync();
        byte[] emptyInputs = [.. Enumerable.Repeat<byte[]>([0x2a, 0], 500_000).SelectMany(b => b)];
        var error = await RefusedAsync(() => server.CallAsync("inference.GRPCInferenceService", "ModelInfer", emptyInputs));
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(error.Status.Detail, Does.Contain("500000 inputs"));
    }

    [Test]
    public async Task ModelInfer_HundredThousandTypedStrings_AreAnswered()
    {
        const int Count = 100_000;
        await using var server = await LoopbackServer.StartAsync(16 << 20, TestModel.Identity("m", TensorType.Bytes));
        var contents = new InferTensorContents { BytesContents = { Enumerable.Range(0, Count).Select(i => ByteString.CopyFromUtf8($"{i}")) } };
        var answer = await server.Client.ModelInferAsync(Typed("m", TensorType.Bytes, contents, Count));
        Assert.That(answer.Outputs[0].Contents.BytesContents, Is.EqualTo(contents.BytesContents));
    }

    [TestCase("inference.GRPCInferenceService", "LogSettings", "1048576")]
    [TestCase("grpc.health.v1.Health", "Check", "65536")]
    public async Task Call_LargeMessageToAMethodWithoutTensors_IsRefused(string service, string method, string limit)
    {
        await using var server = await LoopbackServer.StartAsync(4 << 20);
        var error = await RefusedAsync(() => server.CallAsync(service, method, new byte[(1 << 20) + 1]));
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
        Assert.That(error.Status.Detail, Does.Contain(limit));
    }

    // The name under which the client is told to compress its messages.
    private static CallHeaders Headers(bool compressed) => compressed ? new CallHeaders { { "grpc-internal-encoding-request", "gzip" } } : [];
}
