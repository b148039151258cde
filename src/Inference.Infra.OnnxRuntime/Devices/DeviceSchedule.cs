namespace Inference.Infra.OnnxRuntime.Devices;

/// <summary>
/// Whose turn it is on a device: of the clients that wait, the one that has had the least time for its weight (start-time
/// fair queueing). One run more than may be under way is let in for a client that has nothing under way and is not ahead of
/// the others, so that it need not wait for their long runs to end. Not thread-safe: the device's workers guard it.
/// </summary>
/// <param name="most">Runs that may be under way, but for the one in reserve.</param>
internal sealed class DeviceSchedule(int most)
{
    private readonly List<DeviceShare> _listed = [];
    private readonly List<DeviceShare> _underWay = [];
    private double _virtualTime;
    private int _busy;

    /// <summary>Nobody waits.</summary>
    public bool IsEmpty => _listed.Count == 0;

    /// <summary>A thread that is free would find something to do.</summary>
    public bool HasNext(long now) => Pick(now) is not null;

    /// <summary>
    /// Ticks from now after which the reserve may be free for somebody who waits, even if nothing ends: while runs under way take
    /// longer than was thought, those that had more time than they fall behind. Infinite where nobody waits for that.
    /// </summary>
    public double TicksUntilNext(long now)
    {
        var soonest = double.PositiveInfinity;
        if (_busy != most)
            return soonest;
        foreach (var share in _listed)
        {
            if (share is { HasFreeLane: true, Running: 0 })
                soonest = Math.Min(soonest, TicksUntilReserve(share, now));
        }

        return soonest;
    }

    /// <summary>The client is to be asked for a run.</summary>
    public void List(DeviceShare share)
    {
        if (share.IsListed || share.HasLeft)
            return;
        share.List(_virtualTime);
        _listed.Add(share);
    }

    /// <summary>The client is asked for nothing any more.</summary>
    public void Leave(DeviceShare share)
    {
        if (share.IsListed)
            Delist(share);
        share.Leave();
    }

    /// <summary>A thread turns to the client that goes next; null where none may.</summary>
    /// <param name="now">Timestamp.</param>
    /// <param name="turn">To be given to <see cref="End"/>.</param>
    public DeviceShare? Begin(long now, out DeviceTurn turn)
    {
        turn = default;
        if (Pick(now) is not { } share)
            return null;
        Delist(share);
        _virtualTime = Math.Max(_virtualTime, share.VirtualTime);
        if (share.Running == 0)
            _underWay.Add(share);
        turn = share.Begin(now);
        _busy++;
        return share;
    }

    /// <summary>The thread is done with it.</summary>
    /// <param name="share">What <see cref="Begin"/> returned.</param>
    /// <param name="turn">What it gave out.</param>
    /// <param name="ticks">What it took; 0 where there was nothing to run.</param>
    public void End(DeviceShare share, DeviceTurn turn, long ticks)
    {
        _busy--;
        share.End(turn, ticks);
        if (share.Running == 0)
            _underWay.Remove(share);
    }

    private DeviceShare? Pick(long now)
    {
        if (_busy > most)
            return null;
        var least = _busy == most ? LeastUnderWay(now) : double.PositiveInfinity;
        DeviceShare? best = null;
        foreach (var share in _listed)
        {
            if (share.HasFreeLane && (_busy < most || MayUseReserve(share, least, now)) && (best is null || share.VirtualTime < best.VirtualTime))
                best = share;
        }

        return best;
    }

    // Runs under way are charged in advance, so that a client which comes now and then is let in during a long run of others
    // again and again, until it has had as much time as they will have had; a run that takes longer than was thought is charged
    // as it goes on. One that always has work waits for its turn, but not behind runs of which nobody knows when they end.
    private bool MayUseReserve(DeviceShare share, double least, long now) =>
        share.Running == 0 && (share.VirtualTime <= _virtualTime || (share.VirtualTime <= least && (share.WasIdle || TicksUntilOverdue(share, now) <= 0)));

    private double TicksUntilReserve(DeviceShare share, long now)
    {
        var until = share.WasIdle ? 0 : Math.Max(0, TicksUntilOverdue(share, now));
        foreach (var other in _underWay)
            until = Math.Max(until, other.TicksUntil(share.VirtualTime, now));
        return until;
    }

    private double TicksUntilOverdue(DeviceShare share, long now)
    {
        var until = double.NegativeInfinity;
        foreach (var other in _underWay)
            until = Math.Max(until, other.TicksUntilOverdue(share, now));
        return until;
    }

    private double LeastUnderWay(long now)
    {
        var least = double.PositiveInfinity;
        foreach (var share in _underWay)
            least = Math.Min(least, share.VirtualTimeAt(now));
        return least;
    }

    private void Delist(DeviceShare share)
    {
        share.Delist();
        _listed.Remove(share);
    }
}
