using System.Diagnostics;
using Inference.Infra.OnnxRuntime.Hosting;

namespace Inference.Infra.OnnxRuntime.Devices;

/// <summary>
/// The threads of one device, shared by all models on it: <see cref="DeviceSchedule"/> says whose run is next, so that one
/// model's flood does not starve another. There is one thread more than may run, for the run in reserve. Background threads
/// of their own, not the thread pool's, since a run occupies one for as long as it takes. Thread-safe.
/// </summary>
internal sealed class DeviceWorkers : IDisposable
{
    private static readonly TimeSpan DefaultStopTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(60);
    private readonly TimeSpan _stopTime;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly DeviceSchedule _schedule;
    private readonly Wakes _wakes = new();
    private readonly Thread[] _threads;
    private readonly int _niceness;
    private readonly ITimer _again;
    private long _looksAgainAt = long.MaxValue;
    private int _idle;
    private volatile bool _stopped;

    /// <summary>Starts the threads.</summary>
    /// <param name="device">Names them.</param>
    /// <param name="threads">How many may run, but for the reserve.</param>
    /// <param name="time">Clock by which clients are charged.</param>
    /// <param name="stopTime">How long <see cref="Dispose"/> waits for all of them together; null for five seconds.</param>
    /// <param name="niceness">How much they stand back behind other threads of the process: see <see cref="ThreadNiceness"/>.</param>
    public DeviceWorkers(string device, int threads, TimeProvider time, TimeSpan? stopTime = null, int niceness = 0)
    {
        _niceness = niceness;
        _stopTime = stopTime ?? DefaultStopTime;
        _time = time;
        _schedule = new DeviceSchedule(threads);
        _again = time.CreateTimer(static w => ((DeviceWorkers)w!).LookAgain(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _threads = new Thread[threads + 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"infer {device} {i}" };
            _threads[i].UnsafeStart();
        }
    }

    /// <summary>Has the client asked for a run when a thread is free.</summary>
    /// <returns>False where the device has stopped.</returns>
    public bool Signal(DeviceShare share)
    {
        // What the client has now is seen before the flag is: while it is listed, it will be asked again.
        Interlocked.MemoryBarrier();
        if (share.IsListed && !_stopped)
            return true;
        bool wake;
        lock (_gate)
        {
            if (_stopped)
                return false;
            _schedule.List(share);
            wake = MayWake();
        }

        if (wake)
            _wakes.Add(1);
        return true;
    }

    /// <summary>Asks the client for nothing any more.</summary>
    public void Leave(DeviceShare share)
    {
        lock (_gate)
            _schedule.Leave(share);
    }

    /// <summary>
    /// Lets the threads finish what they run, and end. Waits for a bounded time for all of them together: kernels that
    /// cannot be ended early must not keep the process from ending.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped)
                return;
            _stopped = true;
        }

        _again.Dispose();
        _wakes.Add(_threads.Length);
        var start = Stopwatch.GetTimestamp();
        foreach (var thread in _threads.Where(t => t != Thread.CurrentThread))
        {
            var left = _stopTime - Stopwatch.GetElapsedTime(start);
            thread.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    private void Work()
    {
        ThreadNiceness.Set(_niceness);
        while (Take(out var turn) is { } share)
            Serve(share, turn);

        // The next one that sleeps finds that there is nothing left, too.
        _wakes.Add(1);
    }

    private void Serve(DeviceShare share, DeviceTurn turn)
    {
        var run = share.Client.Next(out var more);
        if (more)
            ListAgain(share);
        if (run is not null)
            share.Client.Execute(run);
        lock (_gate)
            _schedule.End(share, turn, run is null ? 0 : Math.Max(1, _time.GetTimestamp() - turn.Start));

        run?.Complete();
    }

    // Also where the device stops: what was let in before is still run.
    private void ListAgain(DeviceShare share)
    {
        bool wake;
        lock (_gate)
        {
            _schedule.List(share);
            wake = MayWake();
        }

        if (wake)
            _wakes.Add(1);
    }

    private DeviceShare? Take(out DeviceTurn turn)
    {
        while (true)
        {
            var wake = false;
            DeviceShare? share;
            lock (_gate)
            {
                turn = default;
                if (_stopped && _schedule.IsEmpty)
                    return null;
                share = _schedule.Begin(_time.GetTimestamp(), out turn);
                if (share is null)
                    _idle++;
                else
                    wake = MayWake();
            }

            if (wake)
                _wakes.Add(1);
            if (share is not null)
                return share;
            _wakes.Take();
        }
    }

    // Whether a sleeping thread would find something to do; it counts as awake from then on.
    private bool MayWake()
    {
        if (_idle == 0 || _schedule.IsEmpty)
            return false;
        var now = _time.GetTimestamp();
        if (!_schedule.HasNext(now))
        {
            LookAgain(now, _schedule.TicksUntilNext(now));
            return false;
        }

        _idle--;
        return true;
    }

    private void LookAgain(long now, double ticks)
    {
        if (_stopped || double.IsInfinity(ticks))
            return;
        var wait = TimeSpan.FromSeconds(Math.Clamp(ticks / _time.TimestampFrequency, ShortestLook.TotalSeconds, LongestLook.TotalSeconds));
        var at = now + (long)(wait.TotalSeconds * _time.TimestampFrequency);
        if (at >= _looksAgainAt)
            return;
        _looksAgainAt = at;
        _again.Change(wait, Timeout.InfiniteTimeSpan);
    }

    // Somebody waits behind runs that take longer than was thought.
    private void LookAgain()
    {
        bool wake;
        lock (_gate)
        {
            _looksAgainAt = long.MaxValue;
            wake = MayWake();
        }

        if (wake)
            _wakes.Add(1);
    }
}
