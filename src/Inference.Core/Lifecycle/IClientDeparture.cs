namespace Inference.Core.Lifecycle;

/// <summary>A transport whose clients can be sent elsewhere before the server refuses requests. Thread-safe.</summary>
public interface IClientDeparture
{
    /// <summary>
    /// Takes no more connections, and asks the clients of those that there are to go; requests that they send meanwhile are
    /// served. Returns when all have gone, or after a moment that is long enough for those that listen.
    /// </summary>
    Task SendAwayAsync(CancellationToken cancellation);
}
