using Inference.Adapters.Cli.Bench.Payload;
using Inference.Adapters.Cli.Bench.Report;
using Inference.Adapters.Cli.Remote;

namespace Inference.Adapters.Cli.Bench;

/// <summary>What a load was asked to be; every value is checked.</summary>
internal sealed record BenchOptions
{
    public required Endpoint Server { get; init; }

    public required string Model { get; init; }

    public string Version { get; init; } = string.Empty;

    /// <summary>For single calls beside the load.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Callers of each closed loop; empty where rates are given.</summary>
    public IReadOnlyList<int> Concurrencies { get; init; } = [];

    /// <summary>Requests a second of each open loop; empty for closed ones.</summary>
    public IReadOnlyList<double> Rates { get; init; } = [];

    public bool IsEven { get; init; }

    /// <summary>Null for as many as fit the load.</summary>
    public int? Connections { get; init; }

    public bool IsStream { get; init; }

    public required TimeSpan Duration { get; init; }

    public required TimeSpan Warmup { get; init; }

    public long? Requests { get; init; }

    public TimeSpan? Deadline { get; init; }

    public string? RequestFile { get; init; }

    public IReadOnlyList<string> Inputs { get; init; } = [];

    public IReadOnlyList<string> Outputs { get; init; } = [];

    public IReadOnlyDictionary<string, long[]> Shapes { get; init; } = new Dictionary<string, long[]>();

    public IReadOnlyDictionary<string, NumberRange> Ranges { get; init; } = new Dictionary<string, NumberRange>();

    public int Batch { get; init; } = 1;

    public int TextLength { get; init; } = 16;

    /// <summary>Random requests that differ.</summary>
    public int Payloads { get; init; } = 16;

    public int Seed { get; init; } = 1;

    public bool IsShared { get; init; }

    public bool Verifies { get; init; }

    public IReadOnlyList<Objective> Objectives { get; init; } = [];

    /// <summary>Share of the requests that may fail.</summary>
    public double MostErrors { get; init; }

    public bool IsJson { get; init; }

    public bool IsQuiet { get; init; }

    /// <summary>What each load has: callers, or requests a second.</summary>
    public IReadOnlyList<double> Levels => Rates.Count > 0 ? Rates : [.. Concurrencies.Select(c => (double)c)];

    public bool IsOpenLoop => Rates.Count > 0;
}
