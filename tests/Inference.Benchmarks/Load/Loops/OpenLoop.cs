using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Loops;

/// <summary>
/// Callers that come when they come, whether or not the server keeps up: what many independent users do. A thread of its own
/// sends each call when it is due; no answer holds up the next call. Runs once.
/// </summary>
internal sealed class OpenLoop
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);
    private readonly RequestSet requests;
    private readonly double rate;
    private readonly OpenLoopOptions options;
    private readonly ConcurrentQueue<UnaryCaller> free;
    private readonly OpenTally tally;
    private readonly DateTime startTime = DateTime.UtcNow;
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int underWay = 1;

    private OpenLoop(Connections connections, RequestSet requests, int checkEvery, double rate, OpenLoopOptions options)
    {
        (this.requests, this.rate, this.options) = (requests, rate, options);
        free = new(Enumerable.Range(0, options.Outstanding).Select(i => new UnaryCaller(connections[i])));

        // Poisson arrivals scatter by the root of their number; ten times that cannot happen.
        var mean = rate * options.Duration.TotalSeconds;
        var most = mean + 10 * Math.Sqrt(mean) + 100;
        if (most > 20_000_000)
        {
            throw new LoadException(FormattableString.Invariant(
                $"{rate:F0} calls a second for {options.Duration.TotalSeconds} s are more than 20,000,000; choose a shorter time."));
        }

        tally = new OpenTally((int)most, checkEvery, rate, options);
    }

    /// <summary>Sends calls at a rate a second and waits for their ends.</summary>
    /// <exception cref="LoadException">The server no longer ends calls, or the generator failed.</exception>
    public static async Task<OpenTally> RunAsync(
        Connections connections, RequestSet requests, int checkEvery, double rate, OpenLoopOptions options)
    {
        if (!(rate > 0))
            throw new LoadException(FormattableString.Invariant($"The rate is {rate} calls a second; expected more than 0."));
        var loop = new OpenLoop(connections, requests, checkEvery, rate, options);
        await Task.Factory.StartNew(loop.Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        loop.Leave();
        try
        {
            await loop.drained.Task.WaitAsync(options.Deadline + Grace);
        }
        catch (TimeoutException)
        {
            connections.Dispose();
            throw new LoadException($"{loop.underWay} calls have no end {Grace.TotalSeconds} s after their deadline.");
        }

        loop.tally.Calls.Elapsed = Stopwatch.GetElapsedTime(loop.start);
        return loop.tally;
    }

    private void Send()
    {
        var arrivals = new Arrivals(rate, options.Even, options.Seed);
        for (var due = arrivals.Next(); due < options.Duration;)
        {
            var now = Stopwatch.GetElapsedTime(start);
            if (now < due)
            {
                FineSleep.For(due - now);
                continue;
            }

            tally.Lag.Add(now - due);
            if (free.TryDequeue(out var caller))
                _ = CallAsync(caller, tally.Arrived, due);
            else
                tally.Unsent++;
            tally.Arrived++;
            due = arrivals.Next();
        }
    }

    private async Task CallAsync(UnaryCaller caller, int number, TimeSpan due)
    {
        Interlocked.Increment(ref underWay);
        try
        {
            var request = requests[number];
            var status = await caller.CallAsync(request, tally.Calls.Compares(number), startTime + due + options.Deadline);
            tally.Add(status.StatusCode, due, Stopwatch.GetElapsedTime(start) - due);
            if (status.StatusCode == StatusCode.OK)
                tally.Calls.Take(caller.Answer, request);
            free.Enqueue(caller);
        }
        catch (Exception error)
        {
            drained.TrySetException(error);
        }
        finally
        {
            Leave();
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref underWay) == 0)
            drained.TrySetResult();
    }
}
