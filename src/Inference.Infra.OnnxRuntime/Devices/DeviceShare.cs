using Inference.Domain.Execution;

namespace Inference.Infra.OnnxRuntime.Devices;

/// <summary>Something that has runs for a device's threads. Its members are called without any lock held.</summary>
internal interface IDeviceClient
{
    /// <summary>What to run now; null for nothing.</summary>
    IRun? Next(out bool more);

    /// <summary>Runs it on one of the client's lanes.</summary>
    void Execute(IRun run);
}

/// <summary>
/// What one client has of a device's threads. Changed by its <see cref="DeviceSchedule"/> alone, but for <see cref="IsListed"/>, which may be
/// read without.
/// </summary>
/// <param name="client">Whose runs they are.</param>
/// <param name="lanes">Runs of it that may be under way at once.</param>
/// <param name="weight">Its share where clients compete: with twice the weight, time passes half as fast.</param>
internal sealed class DeviceShare(IDeviceClient client, int lanes, int weight)
{
    private const double EstimateWeight = 1.0 / 4;
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<DeviceTurn> _turns = new(lanes);
    private volatile bool _isListed;

    public IDeviceClient Client { get; } = client;

    /// <summary>It waits for a thread to ask it for a run.</summary>
    public bool IsListed
    {
        get => _isListed;
        private set => _isListed = value;
    }

    /// <summary>It had nothing under way when it began to wait: it asks for little rather than keep the device busy.</summary>
    public bool WasIdle { get; private set; }

    /// <summary>Runs of it under way.</summary>
    public int Running => _turns.Count;

    /// <summary>Time that it had, divided by its weight; the client with the least goes next.</summary>
    public double VirtualTime { get; private set; }

    /// <summary>It has left, and no run of it is under way.</summary>
    public Task Left => _left.Task;

    public bool HasLeft { get; private set; }

    public bool HasFreeLane => Running < lanes;

    /// <summary>Ticks that its next run is charged with in advance.</summary>
    private double Estimate { get; set; }

    /// <summary>It begins to wait. Where it has been idle it starts where the others are, and has not saved up time.</summary>
    public void List(double virtualTime)
    {
        WasIdle = Running == 0;
        if (WasIdle)
            VirtualTime = Math.Max(VirtualTime, virtualTime);
        IsListed = true;
    }

    /// <summary>It waits no more.</summary>
    public void Delist() => IsListed = false;

    /// <summary><see cref="VirtualTime"/> with what its runs under way have taken until now beyond what they were charged.</summary>
    public double VirtualTimeAt(long now)
    {
        var time = VirtualTime;
        foreach (var turn in _turns)
            time += Math.Max(0, turn.Beyond(now)) / weight;
        return time;
    }

    /// <summary>Ticks from now after which its <see cref="VirtualTimeAt"/> has come to a value, if what is under way goes on.</summary>
    public double TicksUntil(double virtualTime, long now)
    {
        var missing = (virtualTime - VirtualTimeAt(now)) * weight;
        if (missing <= 0)
            return 0;
        var latest = double.PositiveInfinity;
        foreach (var turn in _turns)
            latest = Math.Min(latest, Math.Max(0, -turn.Beyond(now)));
        return latest + missing;
    }

    /// <summary>Ticks until all of its runs under way are overdue by <see cref="DeviceTurn.UntilOverdue"/>; not positive where they are.</summary>
    public double TicksUntilOverdue(DeviceShare waiting, long now)
    {
        var until = double.NegativeInfinity;
        foreach (var turn in _turns)
            until = Math.Max(until, turn.UntilOverdue(now, waiting.Estimate));
        return until;
    }

    /// <summary>A thread turns to it.</summary>
    public DeviceTurn Begin(long now)
    {
        var turn = new DeviceTurn(Estimate, now);
        _turns.Add(turn);
        VirtualTime += turn.Charge / weight;
        return turn;
    }

    /// <summary>The thread is done with it.</summary>
    /// <param name="turn">What <see cref="Begin"/> returned.</param>
    /// <param name="ticks">What it took; 0 where there was nothing to run.</param>
    public void End(DeviceTurn turn, long ticks)
    {
        _turns.Remove(turn);
        VirtualTime += (ticks - turn.Charge) / weight;
        if (ticks > 0)
            Estimate += (ticks - Estimate) * (Estimate == 0 ? 1 : EstimateWeight);
        if (HasLeft && Running == 0)
            _left.TrySetResult();
    }

    public void Leave()
    {
        HasLeft = true;
        if (Running == 0)
            _left.TrySetResult();
    }
}
