using System.Diagnostics;
using Grpc.Core;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Loops;

/// <summary>
/// Callers that send their next request when they have the answer to the last: what a server can do, and how long it takes
/// when nobody waits in front of it.
/// </summary>
internal sealed class ClosedLoop
{
    // A caller who was refused waits, so that refusals do not become the load.
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private readonly Connections connections;
    private readonly RequestSet requests;
    private readonly UnaryCaller[] callers;
    private readonly int checkEvery;

    /// <summary>As many callers on each connection as calls.</summary>
    public ClosedLoop(Connections connections, int calls, RequestSet requests, int checkEvery)
    {
        (this.connections, this.requests, this.checkEvery) = (connections, requests, checkEvery);
        callers = [.. Enumerable.Range(0, connections.Count * calls).Select(i => new UnaryCaller(connections[i]))];
    }

    /// <summary>Runs until so many requests are answered, so much time has passed, or the end is signalled.</summary>
    /// <exception cref="LoadException">The server no longer answers.</exception>
    public async Task<Tally> RunAsync(int most, TimeSpan limit, CancellationToken end = default)
    {
        var run = new Run(most, limit, checkEvery, end);
        var workers = Task.WhenAll(callers.Select(caller => Task.Run(() => WorkAsync(caller, run))));
        try
        {
            await workers.WaitAsync(limit + Grace, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            connections.Dispose();
            throw new LoadException($"Calls to model '{requests.Shape.Model}' got no answer for {Grace.TotalSeconds} s after the load ended; the server hangs.");
        }

        run.Tally.Elapsed = Stopwatch.GetElapsedTime(run.Start);
        return run.Tally;
    }

    /// <summary>Runs for a length of time.</summary>
    public Task<Tally> RunAsync(TimeSpan duration, CancellationToken end = default) => RunAsync(MostFor(duration), duration, end);

    /// <summary>Room for more calls than any client makes in this time.</summary>
    private static int MostFor(TimeSpan duration) => (int)Math.Min(20_000_000, 100_000 * Math.Ceiling(duration.TotalSeconds));

    private async Task WorkAsync(UnaryCaller caller, Run run)
    {
        while (run.TryTake(out var number))
        {
            var request = requests[number];
            var sent = Stopwatch.GetTimestamp();
            var status = await caller.CallAsync(request, run.Tally.Compares(number));
            var duration = Stopwatch.GetElapsedTime(sent);
            run.Tally.Statuses.Add(status.StatusCode);
            if (status.StatusCode == StatusCode.OK)
            {
                run.Tally.Good.Add(duration);
                run.Tally.Take(caller.Answer, request);
            }
            else if (status.StatusCode is StatusCode.ResourceExhausted or StatusCode.Unavailable)
            {
                await Task.Delay(AfterRefusal, CancellationToken.None);
            }
        }
    }

    private sealed class Run(int most, TimeSpan limit, int checkEvery, CancellationToken end)
    {
        private int taken;

        public long Start { get; } = Stopwatch.GetTimestamp();

        public Tally Tally { get; } = new(most, checkEvery);

        public bool TryTake(out int number)
        {
            number = Interlocked.Increment(ref taken) - 1;
            return number >= 0 && number < most && !end.IsCancellationRequested && Stopwatch.GetElapsedTime(Start) < limit;
        }
    }
}
