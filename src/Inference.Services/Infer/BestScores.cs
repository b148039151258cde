namespace Inference.Services.Infer;

/// <summary>
/// The best k of a row of scores, kept in a heap of k whose root is the worst of them. Higher is better, NaN is the worst,
/// and of equal scores the lower index is better. Not thread-safe; used again for each row.
/// </summary>
internal sealed class BestScores
{
    private readonly (double Score, int Index)[] _heap;
    private int _count;

    /// <summary>Creates room for <paramref name="k"/> scores, at least 1.</summary>
    public BestScores(int k) => _heap = new (double, int)[k];

    /// <summary>Offers the next score of the row.</summary>
    public void Offer(double score, int index)
    {
        if (_count < _heap.Length)
        {
            _heap[_count] = (score, index);
            Rise(_count++);
        }
        else if (IsBetter((score, index), _heap[0]))
        {
            _heap[0] = (score, index);
            Sink(_count);
        }
    }

    /// <summary>The best ones, best first, and an empty heap for the next row. Valid until the next offer.</summary>
    /// <param name="progress">Told after each step, since this may take long where k is large.</param>
    public ReadOnlySpan<(double Score, int Index)> Take(WorkLimit progress)
    {
        for (var last = _count - 1; last > 0; last--)
        {
            (_heap[0], _heap[last]) = (_heap[last], _heap[0]);
            Sink(last);
            if (last % WorkLimit.Period == 0)
                progress.Check();
        }

        var found = _heap.AsSpan(0, _count);
        _count = 0;
        return found;
    }

    private static bool IsBetter((double Score, int Index) a, (double Score, int Index) b)
    {
        if (a.Score > b.Score)
            return true;
        if (a.Score < b.Score)
            return false;
        var (nanA, nanB) = (double.IsNaN(a.Score), double.IsNaN(b.Score));
        return nanA == nanB ? a.Index < b.Index : nanB;
    }

    private void Rise(int at)
    {
        for (var parent = (at - 1) / 2; at > 0 && IsBetter(_heap[parent], _heap[at]); at = parent, parent = (at - 1) / 2)
            (_heap[parent], _heap[at]) = (_heap[at], _heap[parent]);
    }

    private void Sink(int count)
    {
        var at = 0;
        while ((2 * at) + 1 is var worst && worst < count)
        {
            if (worst + 1 < count && IsBetter(_heap[worst], _heap[worst + 1]))
                worst++;
            if (!IsBetter(_heap[at], _heap[worst]))
                return;
            (_heap[at], _heap[worst]) = (_heap[worst], _heap[at]);
            at = worst;
        }
    }
}
