namespace Inference.Adapters.Grpc.Connections;

/// <summary>
/// Pings that a client may still send while nothing else moves on its connection: a number at once, of which some come back
/// each second, and all when something moves. Clients that keep an idle connection alive send one in seconds, those that
/// measure the way send them beside their calls. Not thread-safe.
/// </summary>
/// <param name="most">Pings at once.</param>
/// <param name="ticksPerSecond">Of the clock.</param>
internal sealed class PingAllowance(int most, long ticksPerSecond)
{
    private const double BackPerSecond = 2;
    private double _left = most;
    private long _last;

    /// <summary>Something other than a ping moved.</summary>
    public void Moved() => _left = most;

    /// <summary>A ping came; tells how many more than allowed there are by now.</summary>
    public int Take(long now)
    {
        var back = _last == 0 ? 0 : (double)(now - _last) / ticksPerSecond * BackPerSecond;
        _last = now;
        _left = Math.Min(most, _left + back) - 1;
        return _left >= 0 ? 0 : (int)Math.Ceiling(-_left);
    }
}
