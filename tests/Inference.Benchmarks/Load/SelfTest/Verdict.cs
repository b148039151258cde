namespace Inference.Benchmarks.Load.SelfTest;

/// <summary>Counts checks and names those that fail.</summary>
internal sealed class Verdict
{
    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public void Expect(bool holds, string what)
    {
        if (holds)
        {
            Passed++;
            return;
        }

        Failed++;
        Console.Error.WriteLine($"selftest: not so: {what}");
    }

    public void Equal<T>(T actual, T expected, string what) =>
        Expect(EqualityComparer<T>.Default.Equals(actual, expected), $"{what} is {expected}; it is {actual}");

    public void Between(double actual, double least, double most, string what) =>
        Expect(actual >= least && actual <= most, FormattableString.Invariant($"{what} lies between {least} and {most}; it is {actual}"));

    /// <summary>The load cannot be taken, for a reason that holds these words.</summary>
    public async Task RefusesAsync(Func<Task> load, string words, string what)
    {
        try
        {
            await load();
            Expect(false, $"{what} is refused");
        }
        catch (LoadException error)
        {
            Expect(error.Message.Contains(words, StringComparison.Ordinal), $"the refusal of {what} speaks of '{words}'; it says: {error.Message}");
        }
    }

    /// <summary>The report has a problem that holds these words, and no other.</summary>
    public void OnlyProblem(Report report, string words, string what)
    {
        Expect(report.Problems.Count > 0, $"{what} is a problem");
        foreach (var problem in report.Problems)
            Expect(problem.Contains(words, StringComparison.Ordinal), $"the problem of {what} speaks of '{words}'; it says: {problem}");
    }

    public void NoProblem(Report report, string what) =>
        Expect(report.Problems.Count == 0, $"{what} has no problem; it has: {string.Join(' ', report.Problems)}");
}
