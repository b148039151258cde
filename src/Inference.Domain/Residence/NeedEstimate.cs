namespace Inference.Domain.Residence;

/// <summary>
/// What a pipeline is expected to take in memory that was never loaded: its bytes in storage, and what lately loaded ones took
/// beyond theirs, at the median, so that one large model says nothing of many small ones. Not thread-safe.
/// </summary>
public sealed class NeedEstimate
{
    /// <summary>Taken beyond the bytes in storage while nothing was loaded: what a session of a small model takes.</summary>
    public const long FirstOverhead = (1 << 20) + (128 << 10);

    private const int Remembered = 31;
    private readonly Queue<long> _overheads = new(Remembered);

    /// <summary>Bytes taken beyond those in storage.</summary>
    public long Overhead { get; private set; } = FirstOverhead;

    /// <summary>One was loaded.</summary>
    /// <param name="stored">Its bytes in storage.</param>
    /// <param name="taken">Bytes that it takes in memory.</param>
    public void Learn(long stored, long taken)
    {
        if (_overheads.Count == Remembered)
            _overheads.Dequeue();

        // Less than stored is no reason to expect others to be smaller than their weights.
        _overheads.Enqueue(Math.Max(0, taken - stored));
        Overhead = _overheads.Order().ElementAt(_overheads.Count / 2);
    }
}
