namespace Inference.Adapters.Http.Metrics;

/// <summary>
/// Which things that are gone still have series: the page would grow with every model that was ever in memory. Their last values
/// stand on at least one page, and for a while longer on those after it, unless many have gone since. What comes back
/// goes on counting. Thread-safe.
/// </summary>
/// <param name="time">Clock.</param>
internal sealed class GoneSeries<TKey>(TimeProvider time)
    where TKey : notnull
{
    /// <summary>For how long the series of what is gone are kept.</summary>
    internal static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    /// <summary>Of how many that are gone, those that went last.</summary>
    internal const int MostKept = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, (long Since, bool WasSeen)> _gone = [];

    /// <summary>It is gone.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
            _gone.TryAdd(key, (time.GetTimestamp(), false));
    }

    /// <summary>It is back, or has no series any more; to be called before it counts anything.</summary>
    public void Remove(TKey key)
    {
        lock (_lock)
            _gone.Remove(key);
    }

    /// <summary>A page is about to be made.</summary>
    /// <param name="drop">Drops the series of those that are not to be on it; nothing comes back meanwhile.</param>
    public void Sweep(Action<IReadOnlySet<TKey>> drop)
    {
        lock (_lock)
        {
            var seen = _gone.Where(g => g.Value.WasSeen).OrderByDescending(g => g.Value.Since).ToList();
            var over = seen.Where((g, i) => i >= MostKept || time.GetElapsedTime(g.Value.Since) >= KeptFor).Select(g => g.Key).ToHashSet();
            foreach (var key in over)
                _gone.Remove(key);
            foreach (var (key, gone) in _gone.Where(g => !g.Value.WasSeen).ToList())
                _gone[key] = (gone.Since, true);
            if (over.Count > 0)
                drop(over);
        }
    }
}
