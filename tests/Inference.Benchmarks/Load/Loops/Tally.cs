using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Loops;

/// <summary>What became of the calls of one loop. Safe from any number of threads.</summary>
internal sealed class Tally(int most, int checkEvery)
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

    /// <summary>Is the answer to this call to be kept and compared?</summary>
    public bool Compares(int number) => number % checkEvery == 0;

    /// <summary>Takes an answer: compares it where it was kept, else looks at its length only.</summary>
    public void Take(Answer answer, RequestTemplate request)
    {
        if (answer.Keep)
            Compare(answer, request);
        else if (answer.Length < request.Expected.Length * sizeof(float))
            CountWrong($"it has {answer.Length} bytes, too few for {request.Expected.Length} numbers");
    }

    /// <summary>Adds how many answers were compared and fails the report if any was wrong, or none was compared.</summary>
    public void CheckAnswers(Report report, string what)
    {
        report.Count("compared", compared);
        if (wrong > 0)
            report.Fail($"{wrong} answers of {what} are wrong, of {compared} that were compared; the first: {firstWrong}.");
        if (compared == 0 && Statuses[StatusCode.OK] >= checkEvery)
            report.Fail($"No answer of {what} was compared; lower --check-every.");
    }

    private void Compare(Answer answer, RequestTemplate request)
    {
        Interlocked.Increment(ref compared);
        if (Numbers.Check(ModelInferResponse.Parser.ParseFrom(answer.Content.Span), request.Expected) is { } problem)
            CountWrong(problem);
    }

    private void CountWrong(string problem)
    {
        Interlocked.Increment(ref wrong);
        Interlocked.CompareExchange(ref firstWrong, problem, null);
    }
}
