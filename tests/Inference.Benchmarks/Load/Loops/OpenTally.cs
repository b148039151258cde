using Grpc.Core;
using Inference.Benchmarks.Load.Measure;

namespace Inference.Benchmarks.Load.Loops;

/// <summary>What became of the arrivals of an open loop.</summary>
internal sealed class OpenTally(int most, int checkEvery, double rate, OpenLoopOptions options)
{
    private int late, goodInWindow;

    /// <summary>Calls that were sent.</summary>
    public Tally Calls { get; } = new(most, checkEvery);

    /// <summary>How long after it was due each call was sent: the generator's own fault.</summary>
    public LatencySamples Lag { get; } = new(most);

    /// <summary>Arrivals, sent or not.</summary>
    public int Arrived { get; set; }

    /// <summary>Arrivals that were not sent because too many calls were under way.</summary>
    public int Unsent { get; set; }

    /// <summary>
    /// Good answers a second while calls arrived and the first deadline had passed: answers after the last arrival would count
    /// for a longer time than calls arrived in, and the first ones find a queue that is still empty.
    /// </summary>
    public double Goodput => goodInWindow / (options.Duration - WindowStart).TotalSeconds;

    private TimeSpan WindowStart => options.Deadline < options.Duration / 2 ? options.Deadline : options.Duration / 2;

    /// <summary>Counts a call that was due then and ended so long after.</summary>
    public void Add(StatusCode status, TimeSpan due, TimeSpan sinceDue)
    {
        Calls.Statuses.Add(status);
        if (status != StatusCode.OK)
            return;
        if (sinceDue > options.Deadline)
        {
            Interlocked.Increment(ref late);
            return;
        }

        Calls.Good.Add(sinceDue);
        if (due + sinceDue >= WindowStart && due + sinceDue < options.Duration)
            Interlocked.Increment(ref goodInWindow);
    }

    /// <summary>Adds all figures, and fails the report for wrong answers, statuses that no overload explains, and arrivals not sent.</summary>
    public void AddTo(Report report, string what)
    {
        var statuses = Calls.Statuses;
        var (refused, expired) = (statuses[StatusCode.ResourceExhausted], statuses[StatusCode.DeadlineExceeded]);
        report.Add("rate", rate);
        report.Add("arrived", Arrived);
        report.Add("goodput_s", Goodput);
        report.Add("good", Calls.Good.Count);
        report.Add("refused", refused);
        report.Add("deadline_exceeded", expired);
        report.Add("late", late);
        report.Add("unsent", Unsent);
        report.Add("other", statuses.Total - statuses[StatusCode.OK] - refused - expired);
        LatencySamples.Summarise(Calls.Good).AddTo(report);
        var lag = LatencySamples.Summarise(Lag);
        report.Add("lag_p99_us", lag.P99);
        report.Add("lag_max_us", lag.Longest);
        Calls.CheckAnswers(report, what);
        statuses.Check(report, what, StatusCode.OK, StatusCode.ResourceExhausted, StatusCode.DeadlineExceeded);
        if (Unsent > 0)
        {
            report.Fail(
                $"{Unsent} of {Arrived} arrivals were not sent, since {options.Outstanding} calls were under way: no open loop; raise --outstanding.");
        }

    }
}
