using Grpc.Core;
using Inference.Core.Lifecycle;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Calls that end before their answer is written; that no buffer is lost is checked by the server's disposal.</summary>
internal sealed class CancellationTests
{
    [Test]
    public async Task ModelInfer_DeadlinePasses_IsDeadlineExceeded()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8) with
        {
            Run = async (_, context) =>
            {
                await Task.Delay(Timeout.Infinite, context.Cancellation);
                return [];
            },
        });
        var error = await RefusedAsync(() => server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1), deadline: DateTime.UtcNow.AddMilliseconds(100)).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
    }

    [Test]
    public async Task ModelInfer_Deadline_ReachesTheExecutor()
    {
        var deadlines = new List<long>();
        var model = TestModel.Identity("m", TensorType.UInt8);
        await using var server = await LoopbackServer.StartAsync(model with
        {
            Run = (inputs, context) =>
            {
                deadlines.Add(context.Deadline);
                return model.Run(inputs, context);
            },
        });
        await server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1));
        var before = TimeProvider.System.GetTimestamp();
        await server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1), deadline: DateTime.UtcNow.AddSeconds(100));
        Assert.That(deadlines[0], Is.EqualTo(long.MaxValue));
        Assert.That(TimeProvider.System.GetElapsedTime(before, deadlines[1]).TotalSeconds, Is.InRange(90, 160));
    }

    [Test]
    public async Task ModelInfer_CallerLeavesWhileTheModelRuns_GivesBuffersBack()
    {
        var (running, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        var model = TestModel.Identity("m", TensorType.Float32);
        await using var server = await LoopbackServer.StartAsync(model with
        {
            Run = async (inputs, context) =>
            {
                running.SetResult();
                await finish.Task;
                return await model.Run(inputs, context);
            },
        });
        using var cancel = new CancellationTokenSource();
        var call = server.Client.ModelInferAsync(Raw("m", TensorType.Float32, new byte[400], 100), cancellationToken: cancel.Token);
        await running.Task;
        await cancel.CancelAsync();
        Assert.That((await RefusedAsync(() => call.ResponseAsync)).StatusCode, Is.EqualTo(StatusCode.Cancelled));
        finish.SetResult();
    }

    [Test]
    public async Task ModelInfer_CallersLeaveAtAnyMoment_GivesBuffersBack()
    {
        await using var server = await LoopbackServer.StartAsync(16 << 20, TestModel.Identity("m", TensorType.Float32));
        var request = Raw("m", TensorType.Float32, new byte[1 << 20], 1 << 18);
        await Parallel.ForAsync(0, 100, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMicroseconds(100 * i));
            try
            {
                await server.Client.ModelInferAsync(request, cancellationToken: cancel.Token);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled)
            {
            }
        });
        var answer = await server.Client.ModelInferAsync(request);
        Assert.That(answer.RawOutputContents[0].Length, Is.EqualTo(1 << 20));
    }

    [Test]
    public async Task ModelInfer_ServerDrains_IsUnavailable()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        server.Lifecycle.Advance(ServerPhase.Draining);
        var error = await RefusedAsync(() => server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1)).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.Unavailable));
    }
}
