namespace Inference.Benchmarks.Load.Loops;

/// <summary>
/// How an open loop is bounded: arrivals for Duration, at most Outstanding calls under way. Deadline counts from the moment a
/// call was due, so that a generator that lags makes no answer look better.
/// </summary>
internal sealed record OpenLoopOptions(TimeSpan Duration, TimeSpan Deadline, int Outstanding, bool Even, int Seed)
{
    /// <summary>Connections that so many calls need.</summary>
    public int Connections => (Outstanding + Client.Connections.MostCalls - 1) / Client.Connections.MostCalls;

    /// <summary>The options --seconds, --deadline-ms, --outstanding, --arrivals and --seed.</summary>
    public static OpenLoopOptions From(Arguments arguments, double deadlineMilliseconds) => new(
        arguments.Seconds("--seconds", 10),
        TimeSpan.FromMilliseconds(arguments.Number("--deadline-ms", deadlineMilliseconds, 1, 600_000)),
        arguments.Integer("--outstanding", 4000, 1, 20_000),
        arguments.Text("--arrivals", "poisson") switch
        {
            "poisson" => false,
            "even" => true,
            var other => throw new LoadException($"Option --arrivals is '{other}'; expected poisson or even."),
        },
        arguments.Integer("--seed", 1, 0, int.MaxValue));
}
