namespace Inference.Infra.Queue.Waiting;

/// <summary>Requests by the time at which they must be told that it has passed; each stands in one heap at most. Not thread-safe.</summary>
internal sealed class DueHeap
{
    private readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>When the first is due; <see cref="long.MaxValue"/> where there is none.</summary>
    public long Earliest => _entries.Count == 0 ? long.MaxValue : _entries[0].Due;

    public void Add(Entry entry)
    {
        _entries.Add(entry);
        Up(entry, _entries.Count - 1);
    }

    /// <summary>Takes a request out; does nothing where it is not in.</summary>
    public void Remove(Entry entry)
    {
        var index = entry.HeapIndex;
        if (index < 0)
            return;
        var last = _entries[^1];
        _entries.RemoveAt(_entries.Count - 1);
        entry.HeapIndex = -1;
        if (ReferenceEquals(last, entry))
            return;
        Up(last, index);
        Down(last, last.HeapIndex);
    }

    /// <summary>Puts a request in its place after its time was changed; does nothing where it is not in.</summary>
    public void Update(Entry entry)
    {
        if (entry.HeapIndex < 0)
            return;
        Up(entry, entry.HeapIndex);
        Down(entry, entry.HeapIndex);
    }

    /// <summary>Takes out the first that is due; null where none is.</summary>
    public Entry? TakeDue(long now)
    {
        if (Earliest > now)
            return null;
        var entry = _entries[0];
        Remove(entry);
        return entry;
    }

    private void Up(Entry entry, int index)
    {
        while (index > 0 && _entries[(index - 1) / 2] is var parent && parent.Due > entry.Due)
        {
            Put(parent, index);
            index = (index - 1) / 2;
        }

        Put(entry, index);
    }

    private void Down(Entry entry, int index)
    {
        while (true)
        {
            var child = (2 * index) + 1;
            if (child >= _entries.Count)
                break;
            if (child + 1 < _entries.Count && _entries[child + 1].Due < _entries[child].Due)
                child++;
            if (_entries[child].Due >= entry.Due)
                break;
            Put(_entries[child], index);
            index = child;
        }

        Put(entry, index);
    }

    private void Put(Entry entry, int index)
    {
        _entries[index] = entry;
        entry.HeapIndex = index;
    }
}
