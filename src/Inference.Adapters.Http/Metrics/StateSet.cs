using System.Collections.Concurrent;
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
    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();

    /// <summary>The thing is in that state from now on.</summary>
    public void Change(TKey key, string state) => _entries.GetOrAdd(key, static _ => new Entry()).State = state;

    /// <summary>Writes the states that changed.</summary>
    public void Publish()
    {
        foreach (var (key, entry) in _entries)
        {
            var state = entry.State;
            if (state is null || state == entry.Published)
                continue;
            foreach (var each in states)
                gauge.WithLabels(labels(key, each)).Set(each == state ? 1 : 0);
            entry.Published = state;
        }
    }

    private sealed class Entry
    {
        private volatile string? _state;

        public string? State
        {
            get => _state;
            set => _state = value;
        }

        public string? Published { get; set; }
    }
}
