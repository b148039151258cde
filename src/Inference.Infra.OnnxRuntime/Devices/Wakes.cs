namespace Inference.Infra.OnnxRuntime.Devices;

/// <summary>
/// Wakes threads that sleep until there is something to do. They sleep at once: a semaphore of the framework has its threads
/// look for a while before, which takes the processor from those that are about to bring something. Thread-safe.
/// </summary>
internal sealed class Wakes
{
    private readonly object _gate = new();
    private int _left;

    /// <summary>Wakes so many threads, or those that come to sleep next.</summary>
    public void Add(int threads)
    {
        lock (_gate)
        {
            _left += threads;
            for (; threads > 0; threads--)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Sleeps until woken.</summary>
    public void Take()
    {
        lock (_gate)
        {
            while (_left == 0)
                Monitor.Wait(_gate);
            _left--;
        }
    }
}
