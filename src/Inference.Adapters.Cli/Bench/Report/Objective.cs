using Inference.Adapters.Cli.Bench.Text;

namespace Inference.Adapters.Cli.Bench.Report;

/// <summary>Something that every level of a load must keep.</summary>
/// <param name="Name">The option that asks for it, without its dashes.</param>
/// <param name="Limit">Microseconds at most, or answers a second at least.</param>
/// <param name="Value">The figure.</param>
internal sealed record Objective(string Name, double Limit, Func<LevelResult, double> Value)
{
    private const string ThroughputName = "throughput";

    /// <summary>Latencies that can be asked for, by the option that does.</summary>
    public static IReadOnlyDictionary<string, Func<LevelResult, double>> Latencies { get; } = new Dictionary<string, Func<LevelResult, double>>
    {
        ["mean"] = level => level.Corrected.Mean,
        ["p50"] = level => level.Corrected.P50,
        ["p90"] = level => level.Corrected.P90,
        ["p95"] = level => level.Corrected.P95,
        ["p99"] = level => level.Corrected.P99,
        ["p99.9"] = level => level.Corrected.P999,
    };

    /// <summary>Answers a second.</summary>
    public static Objective Throughput(double least) => new(ThroughputName, least, level => level.Tally.Rate);

    /// <summary>A latency.</summary>
    public static Objective Latency(string name, TimeSpan most) => new(name, most.TotalMicroseconds, Latencies[name]);

    private bool IsThroughput => Name == ThroughputName;

    /// <summary>Whether a level keeps it; written so that a figure that there is not does not.</summary>
    public bool IsMet(LevelResult level) => IsThroughput ? Value(level) >= Limit : Value(level) <= Limit;

    /// <summary>What a level that misses it has, and what it should have.</summary>
    public string Miss(LevelResult level) => IsThroughput
        ? FormattableString.Invariant($"{Value(level):0.#} answers a second, expected at least {Limit:0.#} (--{Name})")
        : $"{Name} {TimeText.Write(Value(level))}, expected at most {TimeText.Write(Limit)} (--{Name})";
}
