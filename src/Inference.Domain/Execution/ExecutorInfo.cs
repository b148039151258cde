namespace Inference.Domain.Execution;

/// <summary>What an executor runs on.</summary>
/// <param name="Device">The device in use, such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Lanes">Runs that may be under way at once.</param>
public sealed record ExecutorInfo(string Device, int Lanes)
{
    /// <summary>Why the device is not the one that was asked for (<c>auto</c> without a GPU); null where it is.</summary>
    public string? Fallback { get; init; }
}
