using Grpc.Core;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>Unary calls of the soak: some are cancelled, some have deadlines, some of which nobody could meet.</summary>
internal sealed class SoakUnary(RunningServer server, RowDeck[] decks, SoakTally tally)
{
    private const int MostRows = 200;
    private const int Burst = 12;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly RowDeck _tight = decks.Single(d => d.Model == SoakModels.Tight);

    /// <summary>One random call.</summary>
    public Task OneAsync(Random random) => CallAsync(SoakCall.Next(random, decks, MostRows), random);

    /// <summary>More at once than the small queue takes.</summary>
    public Task BurstAsync(Random random) =>
        Task.WhenAll(Enumerable.Range(0, Burst).Select(_ => CallAsync(SoakCall.Next(random, _tight, mostRows: 3), random)).ToList());

    private async Task CallAsync(SoakCall call, Random random)
    {
        var (isCancelled, hasDeadline) = (random.Next(10) == 0, random.Next(8) == 0);
        using var cancellation = new CancellationTokenSource();
        if (isCancelled)
            cancellation.CancelAfter(TimeSpan.FromMicroseconds(random.Next(100, 10_000)));
        DateTime? deadline = hasDeadline ? DateTime.UtcNow.AddMicroseconds(random.Next(50, 60_000)) : null;
        try
        {
            var answer = await server.Client.ModelInferAsync(call.Request, deadline: deadline, cancellationToken: cancellation.Token).ResponseAsync.WaitAsync(Limit);
            tally.Count("unary OK", call.Fault(answer));
        }
        catch (RpcException e)
        {
            tally.Count($"unary {e.StatusCode}", call.Fault(e.Status, hasDeadline, isCancelled) is { } fault ? $"{fault}; deadline {hasDeadline}, cancelled {isCancelled}" : null);
        }
        catch (TimeoutException)
        {
            tally.Count("unary hangs", "no answer");
        }
    }
}
