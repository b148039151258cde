using System.Diagnostics;

namespace Inference.Infra.OnnxRuntime.Devices;

/// <summary>Something that a device's thread does.</summary>
internal interface IDeviceWork
{
    /// <summary>Does it. Must not throw.</summary>
    void Execute();

    /// <summary>Answers that it will not be done, since the device has stopped. Must not throw.</summary>
    void Abandon();
}

/// <summary>
/// The threads of one device, shared by all its pipelines: what is posted first starts first. Background threads of their
/// own, not the thread pool's, since a run occupies one for as long as it takes. Thread-safe.
/// </summary>
internal sealed class DeviceWorkers : IDisposable
{
    private static readonly TimeSpan DefaultStopTime = TimeSpan.FromSeconds(5);
    private readonly TimeSpan _stopTime;
    private readonly Lock _gate = new();
    private readonly Queue<IDeviceWork> _ready = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Thread[] _threads;
    private int _idle;
    private bool _stopped;

    /// <summary>Starts the threads.</summary>
    /// <param name="device">Names them.</param>
    /// <param name="threads">How many.</param>
    /// <param name="stopTime">How long <see cref="Dispose"/> waits for all of them together; null for five seconds.</param>
    public DeviceWorkers(string device, int threads, TimeSpan? stopTime = null)
    {
        _stopTime = stopTime ?? DefaultStopTime;
        _threads = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"infer {device} {i}" };
            _threads[i].UnsafeStart();
        }
    }

    /// <summary>How many threads there are.</summary>
    public int Count => _threads.Length;

    /// <summary>Puts work at the end of the line. Abandons it at once where the device has stopped.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="fromWorker">The caller is one of these threads and about to look for work itself, so none is woken.</param>
    public void Post(IDeviceWork work, bool fromWorker = false)
    {
        bool refused, wake;
        lock (_gate)
        {
            refused = _stopped;
            wake = !refused && !fromWorker && _idle > 0;
            if (!refused)
                _ready.Enqueue(work);
            if (wake)
                _idle--;
        }

        if (wake)
            _wake.Release();
        if (refused)
            work.Abandon();
    }

    /// <summary>
    /// Lets the threads finish what was posted, and end. Waits for a bounded time for all of them together: kernels that
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

        _wake.Release(_threads.Length);
        var start = Stopwatch.GetTimestamp();
        foreach (var thread in _threads.Where(t => t != Thread.CurrentThread))
        {
            var left = _stopTime - Stopwatch.GetElapsedTime(start);
            thread.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    private void Work()
    {
        while (Take() is { } work)
            work.Execute();
    }

    private IDeviceWork? Take()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_ready.TryDequeue(out var work))
                    return work;
                if (_stopped)
                    return null;
                _idle++;
            }

            _wake.Wait();
        }
    }
}
