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
    public bool HasNext => Pick() is not null;

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
    /// <param name="charge">To be given to <see cref="End"/>.</param>
    public DeviceShare? Begin(out double charge)
    {
        charge = 0;
        if (Pick() is not { } share)
            return null;
        Delist(share);
        _virtualTime = Math.Max(_virtualTime, share.VirtualTime);
        if (share.Running == 0)
            _underWay.Add(share);
        charge = share.Begin();
        _busy++;
        return share;
    }

    /// <summary>The thread is done with it.</summary>
    /// <param name="share">What <see cref="Begin"/> returned.</param>
    /// <param name="charge">What it was charged in advance.</param>
    /// <param name="ticks">What it took; 0 where there was nothing to run.</param>
    public void End(DeviceShare share, double charge, long ticks)
    {
        _busy--;
        share.End(charge, ticks);
        if (share.Running == 0)
            _underWay.Remove(share);
    }

    private DeviceShare? Pick()
    {
        if (_busy > most)
            return null;
        var least = _busy == most ? LeastUnderWay() : double.PositiveInfinity;
        DeviceShare? best = null;
        foreach (var share in _listed)
        {
            if (share.HasFreeLane && (_busy < most || MayUseReserve(share, least)) && (best is null || share.VirtualTime < best.VirtualTime))
                best = share;
        }

        return best;
    }

    // Runs under way are charged in advance, so that a client which comes now and then is let in during a long run of others
    // again and again, until it has had as much time as they will have had. One that always has work waits for its turn.
    private bool MayUseReserve(DeviceShare share, double least) =>
        share.Running == 0 && (share.VirtualTime <= _virtualTime || (share.WasIdle && share.VirtualTime <= least));

    private double LeastUnderWay()
    {
        var least = double.PositiveInfinity;
        foreach (var share in _underWay)
            least = Math.Min(least, share.VirtualTime);
        return least;
    }

    private void Delist(DeviceShare share)
    {
        share.Delist();
        _listed.Remove(share);
    }
}
