namespace Inference.Infra.Queue.Waiting;

/// <summary>Requests in the order in which they came; each stands in one list at most. Not thread-safe.</summary>
internal sealed class EntryList
{
    private Entry? _last;

    /// <summary>The one that has stood longest.</summary>
    public Entry? First { get; private set; }

    /// <summary>Rows of all of them.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes of all of them.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many they are.</summary>
    public int Count { get; private set; }

    public void AddLast(Entry entry)
    {
        (entry.Previous, entry.Next, entry.List) = (_last, null, this);
        if (_last is null)
            First = entry;
        else
            _last.Next = entry;
        _last = entry;
        Count++;
        Rows += entry.Rows;
        Bytes += entry.Bytes;
    }

    public void AddFirst(Entry entry)
    {
        (entry.Previous, entry.Next, entry.List) = (null, First, this);
        if (First is null)
            _last = entry;
        else
            First.Previous = entry;
        First = entry;
        Count++;
        Rows += entry.Rows;
        Bytes += entry.Bytes;
    }

    public void Remove(Entry entry)
    {
        if (entry.Previous is null)
            First = entry.Next;
        else
            entry.Previous.Next = entry.Next;
        if (entry.Next is null)
            _last = entry.Previous;
        else
            entry.Next.Previous = entry.Previous;
        (entry.Previous, entry.Next, entry.List) = (null, null, null);
        Count--;
        Rows -= entry.Rows;
        Bytes -= entry.Bytes;
    }
}
