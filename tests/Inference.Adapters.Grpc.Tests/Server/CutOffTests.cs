using Grpc.Core;
using Grpc.Reflection.V1Alpha;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class CutOffTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Test]
    public async Task CutOff_OpenStream_Ends()
    {
        await using var server = await LoopbackServer.StartAsync();
        using var stream = new ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo();
        await stream.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = string.Empty });
        Assert.That(await stream.ResponseStream.MoveNext().WaitAsync(Limit), Is.True);

        server.Lifecycle.CutOffAfter(TimeSpan.Zero);

        Assert.That(async () => await stream.ResponseStream.MoveNext().WaitAsync(Limit), Throws.InstanceOf<RpcException>());
    }

    [Test]
    public async Task CutOff_ModelRuns_EndsTheRunAndTheCall()
    {
        var (running, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8) with
        {
            Run = async (_, context) =>
            {
                running.SetResult();
                using var end = context.Cancellation.Register(ended.SetResult);
                await Task.Delay(Timeout.Infinite, context.Cancellation);
                return [];
            },
        });
        var call = server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1)).ResponseAsync;
        await running.Task.WaitAsync(Limit);
        Assert.That((server.Lifecycle.InFlight, server.Lifecycle.Answers), Is.EqualTo((1, 1)));

        server.Lifecycle.CutOffAfter(TimeSpan.Zero);

        Assert.That((await RefusedAsync(() => call.WaitAsync(Limit))).StatusCode, Is.EqualTo(StatusCode.Unavailable));
        await ended.Task.WaitAsync(Limit);
        Assert.That(() => (server.Lifecycle.InFlight, server.Lifecycle.Answers), Is.EqualTo((0, 0)).After(30_000, 5));
    }
}
