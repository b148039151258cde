using System.Collections.Immutable;

namespace Inference.Domain.Execution;

/// <summary>How requests wait for a lane; the validated form of the manifest's <c>queue</c> section. Immutable.</summary>
public sealed record QueueOptions
{
    /// <summary>Rows that may wait; what comes beyond them is refused. A request that finds the queue empty is always taken.</summary>
    public long MaxRows { get; init; } = 8192;

    /// <summary>Bytes of inputs that may wait; what comes beyond them is refused. A request that finds the queue empty is always taken.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>How long a request may wait unless it says so itself; zero for as long as its deadline.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Levels of priority, 1 being the highest.</summary>
    public int PriorityLevels { get; init; } = 1;

    /// <summary>Level of requests that name none, or one that there is not; 0 is the middle one.</summary>
    public int DefaultPriority { get; init; }

    /// <summary>A request that has waited this long counts as one level higher, after twice as long as two levels; zero never.</summary>
    public TimeSpan Ageing { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Limits of single levels, beside those of the queue.</summary>
    public ImmutableArray<PriorityLevelOptions> Levels { get; init; } = [];

    /// <summary>The limits of a level, or null where it has none of its own.</summary>
    public PriorityLevelOptions? OfLevel(int level)
    {
        foreach (var candidate in Levels)
        {
            if (candidate.Level == level)
                return candidate;
        }

        return null;
    }

    /// <summary>The level that a request gets.</summary>
    /// <param name="asked">What it asks for; 0 for nothing.</param>
    public int LevelOf(ulong asked)
    {
        if (asked >= 1 && asked <= (ulong)PriorityLevels)
            return (int)asked;
        return DefaultPriority > 0 ? DefaultPriority : (PriorityLevels + 1) / 2;
    }
}

/// <summary>Limits of one level of priority.</summary>
/// <param name="Level">From 1, the highest.</param>
public sealed record PriorityLevelOptions(int Level)
{
    /// <summary>Rows of this level that may wait; 0 for as many as the queue takes.</summary>
    public long MaxRows { get; init; }

    /// <summary>Bytes of this level that may wait; 0 for as many as the queue takes.</summary>
    public long MaxBytes { get; init; }

    /// <summary>Requests of this level that may wait; 0 for as many as the queue takes.</summary>
    public int MaxRequests { get; init; }

    /// <summary>How long a request of this level may wait unless it says so itself; zero for the queue's.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>What a request may say itself.</summary>
    public TimeoutOverride Override { get; init; }
}
