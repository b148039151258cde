using System.Globalization;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>Streams of the soak: most are read to their end, some are cancelled on the way or reach a deadline.</summary>
internal sealed class SoakStream(RunningServer server, RowDeck[] decks, SoakTally tally)
{
    private const int MostRequests = 40;
    private const int MostRows = 100;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>One stream with several requests under way.</summary>
    public async Task OneAsync(Random random)
    {
        var calls = Enumerable.Range(0, random.Next(5, MostRequests)).Select(_ => SoakCall.Next(random, decks, MostRows)).ToList();
        for (var i = 0; i < calls.Count; i++)
            calls[i].Request.Id = i.ToString(CultureInfo.InvariantCulture);
        var (isCancelled, hasDeadline) = (random.Next(5) == 0, random.Next(10) == 0);
        var cancelAfter = isCancelled ? random.Next(calls.Count) : int.MaxValue;
        using var cancellation = new CancellationTokenSource();
        var answered = new int[calls.Count];
        using var stream = server.Client.ModelStreamInfer(deadline: hasDeadline ? DateTime.UtcNow.AddMilliseconds(random.Next(1, 100)) : null, cancellationToken: cancellation.Token);
        var sending = SendAsync(stream.RequestStream, calls);
        try
        {
            await ReadAsync(stream.ResponseStream, calls, answered, hasDeadline, cancelAfter, cancellation).WaitAsync(Limit);
            var missing = answered.Count(n => n == 0);
            tally.Count("stream OK", missing == 0 ? null : $"{missing} of {calls.Count} requests have no answer");
        }
        catch (RpcException e)
        {
            // What the client's own library made is its way to see that its call is over.
            var isRight = (e.StatusCode == StatusCode.Cancelled && isCancelled)
                || (e.StatusCode == StatusCode.DeadlineExceeded && hasDeadline)
                || (e.Status.DebugException is not null && (isCancelled || hasDeadline));
            tally.Count($"stream {e.StatusCode}", isRight ? null : $"{e.Status}; deadline {hasDeadline}, cancelled {isCancelled}");
        }
        catch (TimeoutException)
        {
            tally.Count("stream hangs", $"{answered.Count(n => n == 0)} of {calls.Count} requests have no answer");
        }

        await cancellation.CancelAsync();
        await sending;
    }

    // A stream that is over takes no more requests, and the client tells so in several ways, a reset by its HTTP/2 layer
    // among them; how the stream ended is seen where answers are read.
    private static async Task SendAsync(IClientStreamWriter<ModelInferRequest> requests, List<SoakCall> calls)
    {
        try
        {
            foreach (var call in calls)
                await requests.WriteAsync(call.Request);
            await requests.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException or IOException)
        {
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<ModelStreamInferResponse> answers, List<SoakCall> calls, int[] answered, bool hasDeadline, int cancelAfter, CancellationTokenSource cancellation)
    {
        for (var read = 0; await answers.MoveNext(CancellationToken.None); read++)
        {
            if (read == cancelAfter)
                await cancellation.CancelAsync();
            var message = answers.Current;
            var id = int.Parse(message.InferResponse.Id, CultureInfo.InvariantCulture);
            var twice = ++answered[id] > 1 ? $"id {id} is answered twice" : null;
            if (message.ErrorMessage.Length > 0)
                tally.Count("stream error", twice ?? calls[id].Fault(message.ErrorMessage, hasDeadline));
            else
                tally.Count("stream answer", twice ?? calls[id].Fault(message.InferResponse));
        }
    }
}
