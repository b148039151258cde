namespace Inference.Core.Telemetry;

/// <summary>What is counted of pipelines that come into memory and go. Requests that find theirs there pay nothing for it. Thread-safe.</summary>
public interface ICacheMetrics
{
    /// <summary>A request found its pipeline not in memory and waited for it.</summary>
    /// <param name="waited">For how long, whether or not it was loaded meanwhile.</param>
    void Missed(TimeSpan waited);

    /// <summary>A request was not let wait, or was refused after it had.</summary>
    /// <param name="reason">One of <see cref="CacheRefusals"/>.</param>
    void Refused(string reason);

    /// <summary>A pipeline had to go.</summary>
    /// <param name="reason">One of <see cref="EvictionReasons"/>.</param>
    void Evicted(string reason);

    /// <summary>What is in memory now.</summary>
    /// <param name="pipelines">How many pipelines.</param>
    /// <param name="bytes">Bytes that they take.</param>
    /// <param name="budget">Bytes that they may; 0 where there is no budget.</param>
    void Holds(int pipelines, long bytes, long budget);
}

/// <summary>Why requests to pipelines that are not in memory are refused.</summary>
public static class CacheRefusals
{
    /// <summary>Too many requests wait for loads.</summary>
    public const string Waiting = "waiting";

    /// <summary>Everything in memory is in use or pinned.</summary>
    public const string Room = "room";

    /// <summary>The pipeline alone takes more than the budget.</summary>
    public const string Size = "size";
}

/// <summary>Why pipelines are evicted.</summary>
public static class EvictionReasons
{
    /// <summary>Another is to be loaded.</summary>
    public const string Room = "room";

    /// <summary>What is in memory takes more than was expected, or has grown.</summary>
    public const string Growth = "growth";
}
