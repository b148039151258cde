using System.Diagnostics;
using Grpc.Core;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Loops;

/// <summary>One ModelStreamInfer call that sends requests as fast as flow control lets it and reads every answer. Runs once.</summary>
internal sealed class StreamLoop(CallInvoker invoker, RequestSet requests, int count, int flushEvery, int checkEvery)
{
    // Written into the connection's buffer only; the next message that has no hint flushes it.
    private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);
    private static readonly WriteOptions Flushed = new();

    /// <summary>What came back.</summary>
    public StreamTally Tally { get; } = new(requests, count, checkEvery);

    /// <summary>Sends all requests, half-closes, and reads until the server ends the call.</summary>
    /// <exception cref="LoadException">The call ended with an error.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var abort = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var answer = new Answer { Keep = true };
        var start = Stopwatch.GetTimestamp();
        using var call = StreamCaller.Open(invoker, answer, abort.Token);
        var writing = Task.Run(() => WriteAsync(call.RequestStream), CancellationToken.None);
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                if (Tally.Answers == 0)
                    Tally.ToFirst = Stopwatch.GetElapsedTime(start);
                Tally.Add(answer);
            }
        }
        catch (RpcException error)
        {
            throw new LoadException(cancellation.IsCancellationRequested
                ? $"The stream had {Tally.Answers} of {count} answers when its time was up; raise --max-seconds or lower --requests."
                : $"The stream ended with {error.StatusCode} after {Tally.Answers} of {count} answers: {error.Status.Detail}");
        }
        finally
        {
            // Ends the writer where it still waits for room: its call has ended.
            await abort.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WriteAsync(IClientStreamWriter<StreamedRequest> stream)
    {
        var next = new StreamedRequest();
        for (var id = 0; id < count; id++)
        {
            (next.Template, next.Id) = (requests[id], id);
            stream.WriteOptions = (id + 1) % flushEvery == 0 || id + 1 == count ? Flushed : Buffered;
            await stream.WriteAsync(next);
        }

        await stream.CompleteAsync();
    }
}
