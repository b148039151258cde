using System.Collections.Concurrent;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>What became of the calls of the soak. Thread-safe.</summary>
internal sealed class SoakTally
{
    private readonly ConcurrentDictionary<string, int> _outcomes = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _faults = new();

    public IEnumerable<string> Faults => _faults.Take(20);

    public int this[string outcome] => _outcomes.GetValueOrDefault(outcome);

    public void Count(string outcome, string? fault)
    {
        _outcomes.AddOrUpdate(outcome, 1, (_, n) => n + 1);
        if (fault is not null)
            _faults.Enqueue($"{outcome}: {fault}");
    }

    public override string ToString() => string.Join(", ", _outcomes.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key} {o.Value}"));
}
