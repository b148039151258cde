using System.Threading.Channels;
using Grpc.Core;

namespace Inference.Benchmarks.Load.SelfTest;

/// <summary>Runs one request at a time, each for a given time, behind a short queue that refuses what does not fit.</summary>
internal sealed class FakeDevice : IAsyncDisposable
{
    private const int Queue = 16;
    private readonly Channel<TaskCompletionSource> queue = Channel.CreateBounded<TaskCompletionSource>(Queue);
    private readonly TimeSpan time;
    private readonly Task worker;

    public FakeDevice(TimeSpan time)
    {
        this.time = time;
        worker = WorkAsync();
    }

    /// <summary>Requests that ran.</summary>
    public int Ran { get; private set; }

    public Task RunAsync()
    {
        var request = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return queue.Writer.TryWrite(request) ? request.Task : throw new RpcException(new Status(StatusCode.ResourceExhausted, "The queue is full."));
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.Complete();
        await worker;
    }

    private async Task WorkAsync()
    {
        await foreach (var request in queue.Reader.ReadAllAsync())
        {
            await Task.Delay(time);
            Ran++;
            request.SetResult();
        }
    }
}
