using System.Threading.Channels;
using Grpc.Core;
using Grpc.Health.V1;
using Inference.Adapters.Grpc.HealthCheck;
using Inference.Adapters.Grpc.Tests.Errors;
using Inference.Adapters.Grpc.Tests.Server;
using Inference.Core.Lifecycle;
using Inference.Domain.Tensors;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Inference.Adapters.Grpc.Tests.HealthCheck;

/// <summary>Watchers that read slowly or not at all.</summary>
[CancelAfter(60_000)]
internal sealed class WatchTests
{
    [Test]
    public async Task Watch_SlowReader_GetsTheLatestStateOnly(CancellationToken timeout)
    {
        await using var server = await LoopbackServer.StartAsync();
        var reader = new SlowReader();
        var watch = server.Service<HealthAdapter>().Watch(new HealthCheckRequest { Service = "later" }, reader, new TestCallContext(timeout));
        await reader.Blocked.Task.WaitAsync(timeout);
        await server.LoadAsync(TestModel.Identity("later", TensorType.UInt8));
        reader.Unblock.SetResult();
        Assert.That(await reader.Read.Reader.ReadAsync(timeout), Is.EqualTo(ServingStatus.ServiceUnknown));
        Assert.That(await reader.Read.Reader.ReadAsync(timeout), Is.EqualTo(ServingStatus.Serving), "loading and warming up are over");
        server.Lifecycle.Advance(ServerPhase.Draining);
        Assert.That(await reader.Read.Reader.ReadAsync(timeout), Is.EqualTo(ServingStatus.NotServing));
        await watch.WaitAsync(timeout);
    }

    [Test]
    public async Task Watch_ReaderThatNeverReads_HoldsUpNeitherOthersNorTheStop(CancellationToken timeout)
    {
        await using var server = await LoopbackServer.StartAsync();
        var stuck = new SlowReader();
        var held = server.Service<HealthAdapter>().Watch(new HealthCheckRequest(), stuck, new TestCallContext(timeout));
        await stuck.Blocked.Task.WaitAsync(timeout);
        using var other = server.Health.Watch(new HealthCheckRequest(), cancellationToken: timeout);
        await other.ResponseStream.MoveNext(timeout);
        server.Lifecycle.Advance(ServerPhase.Draining);
        await other.ResponseStream.MoveNext(timeout);
        Assert.That(other.ResponseStream.Current.Status, Is.EqualTo(ServingStatus.NotServing));
        await held.WaitAsync(timeout);
    }

    /// <summary>Takes its first message only when told to.</summary>
    private sealed class SlowReader : IServerStreamWriter<HealthCheckResponse>
    {
        public TaskCompletionSource Blocked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Unblock { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Channel<ServingStatus> Read { get; } = Channel.CreateUnbounded<ServingStatus>();

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(HealthCheckResponse message) => WriteAsync(message, CancellationToken.None);

        public async Task WriteAsync(HealthCheckResponse message, CancellationToken cancellationToken)
        {
            Blocked.TrySetResult();
            await Unblock.Task.WaitAsync(cancellationToken);
            Read.Writer.TryWrite(message.Status);
        }
    }
}
