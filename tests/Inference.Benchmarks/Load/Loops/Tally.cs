using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Loops;

/// <summary>What became of the calls of one loop. Safe from any number of threads.</summary>
internal sealed class Tally(int most)
{
    private int compared;
    private int wrong;
    private string? firstWrong;

    /// <summary>How the calls ended.</summary>
    public StatusCounts Statuses { get; } = new();

    /// <summary>Latencies of answers that came, and came in time where there was a deadline.</summary>
    public LatencySamples Good { get; } = new(most);

    /// <summary>How long the loop took.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Good answers a second.</summary>
    public double Rate => Good.Count / Elapsed.TotalSeconds;

    /// <summary>Compares an answer that was kept.</summary>
    public void Compare(Answer answer, RequestTemplate request)
    {
        Interlocked.Increment(ref compared);
        if (Numbers.Check(ModelInferResponse.Parser.ParseFrom(answer.Content.Span), request.Expected) is { } problem)
            CountWrong(problem);
    }

    /// <summary>An answer too short to hold the numbers is wrong without being read.</summary>
    public void CompareLength(Answer answer, RequestTemplate request)
    {
        if (answer.Length < request.Expected.Length * sizeof(float))
            CountWrong($"it has {answer.Length} bytes, too few for {request.Expected.Length} numbers");
    }

    /// <summary>Adds how many answers were compared and fails the report if any was wrong, or none was compared.</summary>
    public void CheckAnswers(Report report, string what)
    {
        report.Add("compared", compared);
        if (wrong > 0)
            report.Fail($"{wrong} of {compared} compared answers of {what} are wrong; the first: {firstWrong}.");
        if (compared == 0 && Statuses[StatusCode.OK] > 0)
            report.Fail($"No answer of {what} was compared; lower --check-every.");
    }

    private void CountWrong(string problem)
    {
        Interlocked.Increment(ref wrong);
        Interlocked.CompareExchange(ref firstWrong, problem, null);
    }
}
