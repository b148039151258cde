using System.Diagnostics;
using Grpc.Core;
using Inference.Domain;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>Asks for one request alone, before the load: whether it works, and what the answer is.</summary>
internal sealed class Probe : IExchangeOwner
{
    private readonly TaskCompletionSource<Status> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _answer = [];

    private Probe()
    {
    }

    /// <summary>The ModelInferResponse; the last one where there are several.</summary>
    /// <exception cref="InferenceException">The request is not answered, or with an error.</exception>
    public static async Task<byte[]> AskAsync(LanePool lanes, RequestTemplate request, TimeSpan timeout, CancellationToken cancellation)
    {
        var probe = new Probe();
        var exchange = new Exchange(probe) { Template = request, Keeps = true, Due = Stopwatch.GetTimestamp() };
        var lane = lanes[0];
        if (lane is null || !lane.TrySend(exchange))
            throw new InferenceException(ErrorCode.NotReady, "the server takes no request on a fresh connection.");
        lane.Flush();
        try
        {
            var status = await probe._ended.Task.WaitAsync(timeout, cancellation).ConfigureAwait(false);
            return status.StatusCode == StatusCode.OK
                ? probe._answer
                : throw new InferenceException(ErrorCode.ExecutionFailed, $"the server answers a request alone, before the load, with {status.StatusCode}: {ErrorText.Bound(status.Detail)}");
        }
        catch (TimeoutException)
        {
            throw new InferenceException(ErrorCode.DeadlineExceeded, $"the server did not answer a request alone, before the load, within {timeout.TotalSeconds} s (--timeout).");
        }
    }

    public void Answered(Exchange exchange, ReadOnlySpan<byte> message)
    {
        if (!message.IsEmpty)
            _answer = message.ToArray();
    }

    public void Completed(Exchange exchange, Status status, long now) => _ended.TrySetResult(status);
}
