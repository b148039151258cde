namespace Inference.Domain.Execution;

/// <summary>What an executor runs on, and how requests wait and share runs there.</summary>
/// <param name="Device">The device in use, such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Lanes">Runs that may be under way at once.</param>
public sealed record ExecutorInfo(string Device, int Lanes)
{
    /// <summary>Why the device is not the one that was asked for (<c>auto</c> without a GPU); null where it is.</summary>
    public string? Fallback { get; init; }

    /// <summary>How requests wait.</summary>
    public QueueOptions Queue { get; init; } = new();

    /// <summary>How requests share runs; not enabled where each runs on its own.</summary>
    public BatchingOptions Batching { get; init; } = new() { Enabled = false };
}
