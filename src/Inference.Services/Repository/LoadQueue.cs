using Inference.Domain.Registry;

namespace Inference.Services.Repository;

/// <summary>
/// Runs blocking loads on a few threads of their own, in the order added, so that the thread pool stays free for requests.
/// Threads are there while there is work. Thread-safe.
/// </summary>
/// <param name="threads">Loads at once.</param>
/// <param name="priority">Asked by each thread before it begins; null for threads like any other.</param>
internal sealed class LoadQueue(int threads, ILoadPriority? priority = null)
{
    private readonly Lock _lock = new();
    private readonly Queue<(Func<Task> Load, Action? Dropped)> _waiting = [];
    private int _limit = threads;
    private int _running;
    private bool _isOpen;
    private TaskCompletionSource _idle = Completed();

    /// <summary>Loads at once; a lower number holds for what begins from now on.</summary>
    public int Limit
    {
        get => Volatile.Read(ref _limit);
        set
        {
            lock (_lock)
            {
                _limit = value;
                StartThreads();
            }
        }
    }

    /// <summary>Threads that are at work.</summary>
    public int Running
    {
        get
        {
            lock (_lock)
                return _running;
        }
    }

    /// <summary>It works.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
                return _isOpen;
        }
    }

    /// <summary>Done while nothing waits or runs, or nothing more is begun and what ran has ended.</summary>
    public Task Idle
    {
        get
        {
            lock (_lock)
                return _idle.Task;
        }
    }

    /// <summary>Begins to work; what was added before waits for it.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _isOpen = true;
            StartThreads();
        }
    }

    /// <summary>Drops what waits, and everything that is added from now on.</summary>
    public void Close()
    {
        List<Action?> dropped;
        lock (_lock)
        {
            _isOpen = false;
            dropped = [.. _waiting.Select(w => w.Dropped)];
            _waiting.Clear();
            _limit = 0;
            if (_running == 0)
                _idle.TrySetResult();
        }

        foreach (var tell in dropped)
            tell?.Invoke();
    }

    /// <summary>Adds a load.</summary>
    /// <param name="load">Must not throw.</param>
    /// <param name="dropped">Called instead where it is closed before the load began, if need be at once.</param>
    public void Add(Func<Task> load, Action? dropped = null)
    {
        lock (_lock)
        {
            if (_limit > 0)
            {
                if (_idle.Task.IsCompleted)
                    _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Enqueue((load, dropped));
                StartThreads();
                return;
            }
        }

        dropped?.Invoke();
    }

    private static TaskCompletionSource Completed()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }

    private void StartThreads()
    {
        // Not in the context of the request that may have asked for the load: it serves others, too.
        for (var missing = _isOpen ? Math.Min(_limit - _running, _waiting.Count) : 0; missing > 0; missing--, _running++)
            new Thread(Work) { IsBackground = true, Name = "load" }.UnsafeStart();
    }

    private void Work()
    {
        priority?.Enter();
        while (Take() is { } load)
            load().GetAwaiter().GetResult();
    }

    private Func<Task>? Take()
    {
        lock (_lock)
        {
            if (_running <= _limit && _waiting.TryDequeue(out var next))
                return next.Load;
            _running--;
            if (_running == 0 && _waiting.Count == 0)
                _idle.TrySetResult();
            return null;
        }
    }
}
