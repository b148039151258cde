using System.Collections.Immutable;

namespace Inference.Domain.Execution;

/// <summary>
/// How requests are put together into batches; the validated form of the manifest's <c>batching</c> section. Without effect
/// on models that have no batch axis. Immutable.
/// </summary>
public sealed record BatchingOptions
{
    /// <summary>Most rows of a batch where nothing is said.</summary>
    public const int DefaultMaxRows = 64;

    /// <summary>Most rows of a batch where nothing is said but a latency target, which then finds its own limit below this.</summary>
    public const int DefaultMaxRowsWithTarget = 1024;

    /// <summary>False runs every request on its own.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The manifest says so, so that it holds whatever the model is found to do with its rows, and whatever runs and copies are found to cost.</summary>
    public bool IsAsked { get; init; }

    /// <summary>Most rows of a batch; a request with more is split where <see cref="Split"/> allows it.</summary>
    public int MaxRows { get; init; } = DefaultMaxRows;

    /// <summary>Most bytes of a batch's inputs, padding included; a single row may have more.</summary>
    public long MaxBytes { get; init; } = 64L << 20;

    /// <summary>How long the oldest request may wait for others though a lane is free; zero waits for nobody.</summary>
    public TimeSpan MaxDelay { get; init; }

    /// <summary>Sizes that the model likes best, ascending: a batch of the largest that can be filled is closed at once.</summary>
    public ImmutableArray<int> PreferredRows { get; init; } = [];

    /// <summary>The time within which 99 of 100 requests shall be answered: the largest batch that holds it is learned; zero for none.</summary>
    public TimeSpan LatencyTarget { get; init; }

    /// <summary>A request with more rows than a batch may have is split and its answers are joined; else it is refused.</summary>
    public bool Split { get; init; } = true;

    /// <summary>Answers on a stream come in the order of its requests.</summary>
    public bool PreserveOrdering { get; init; }

    /// <summary>Inputs whose symbolic axes beside the first are filled up to the longest of a batch.</summary>
    public ImmutableArray<PaddedInput> Padding { get; init; } = [];
}

/// <summary>An input that is filled up.</summary>
/// <param name="Name">Name of the model's input.</param>
/// <param name="Value">What it is filled with.</param>
public sealed record PaddedInput(string Name, double Value);
