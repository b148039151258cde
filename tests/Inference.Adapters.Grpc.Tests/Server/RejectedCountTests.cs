using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Requests that are refused before they reach the service are counted like all others.</summary>
internal sealed class RejectedCountTests
{
    [Test]
    public async Task ModelInfer_WrongInput_CountsOnceForItsModel()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        await RefusedAsync(() => server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 2)).ResponseAsync);
        await RefusedAsync(() => server.Client.ModelInferAsync(Raw("unknown", TensorType.UInt8, [1], 2)).ResponseAsync);
        Assert.That(server.Rejected, Is.EqualTo(new[] { ("m", "invalid_argument"), (string.Empty, "invalid_argument") }));
    }

    [Test]
    public async Task ModelInfer_BytesThatCannotBeRead_CountWithoutAModel()
    {
        await using var server = await LoopbackServer.StartAsync();
        await RefusedAsync(() => server.CallAsync("inference.GRPCInferenceService", "ModelInfer", [10, 5, 97]));
        await RefusedAsync(() => server.CallAsync("inference.GRPCInferenceService", "ModelInfer", new byte[LoopbackServer.SmallLimit + 1]));
        await RefusedAsync(() => server.CallAsync("inference.GRPCInferenceService", "ModelInfer", [.. Enumerable.Repeat<byte[]>([0x2a, 0], 5000).SelectMany(b => b)]));
        await server.PostAsync("ModelInfer", [2, 0, 0, 0, 0]);
        Assert.That(server.Rejected, Is.EqualTo(new[]
        {
            (string.Empty, "invalid_argument"), (string.Empty, "message_too_large"), (string.Empty, "invalid_argument"), (string.Empty, "invalid_argument"),
        }));
    }

    [Test]
    public async Task OtherMethod_BytesThatCannotBeRead_AreNoInferenceRequest()
    {
        await using var server = await LoopbackServer.StartAsync();
        await RefusedAsync(() => server.CallAsync("inference.GRPCInferenceService", "ModelReady", [10, 5, 97]));
        Assert.That(server.Rejected, Is.Empty);
    }
}
