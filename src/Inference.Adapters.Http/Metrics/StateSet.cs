using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>
/// One gauge for each state that a thing can be in, of which exactly one is 1. Changes are kept aside until
/// <see cref="Publish"/>, which runs at the start of a scrape, so that no scrape sees two states or none. Thread-safe as long
/// as scrapes follow each other.
/// </summary>
/// <param name="gauge">The gauge.</param>
/// <param name="states">All states.</param>
/// <param name="labels">Label values of a thing in a state.</param>
internal sealed class StateSet<TKey>(Gauge gauge, IReadOnlyList<string> states, Func<TKey, string, string[]> labels)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, string?> _changed = [];

    /// <summary>The thing is in that state from now on.</summary>
    public void Change(TKey key, string state)
    {
        lock (_lock)
            _changed[key] = state;
    }

    /// <summary>There is no such thing any more.</summary>
    public void Remove(TKey key)
    {
        lock (_lock)
            _changed[key] = null;
    }

    /// <summary>Writes the states that changed.</summary>
    public void Publish()
    {
        lock (_lock)
        {
            foreach (var (key, state) in _changed)
            {
                foreach (var each in states)
                    Write(labels(key, each), state, each);
            }

            _changed.Clear();
        }
    }

    private void Write(string[] series, string? state, string each)
    {
        if (state is null)
            gauge.RemoveLabelled(series);
        else
            gauge.WithLabels(series).Set(each == state ? 1 : 0);
    }
}
