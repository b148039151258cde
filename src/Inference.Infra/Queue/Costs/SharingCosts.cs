namespace Inference.Infra.Queue.Costs;

/// <summary>
/// Whether requests that share a run are answered sooner than by runs of their own: inputs are copied to share one, which costs
/// more than it saves where they are large and the model takes as long for each row whatever runs with it. Compares the fastest of
/// late, which do not tell of a busy machine. Not thread-safe.
/// </summary>
/// <param name="handover">Ticks that a run takes besides the model's: to a thread and back.</param>
internal sealed class SharingCosts(double handover)
{
    // Once in so many times requests share a run although it does not pay: it may by now.
    private const int TriedAgain = 64;

    private LeastOfLate _ticksPerByte;
    private int _apart;

    /// <summary>Inputs were put together.</summary>
    public void Copied(long bytes, long ticks)
    {
        if (bytes > 0 && ticks > 0)
            _ticksPerByte.Add((double)ticks / bytes);
    }

    /// <summary>Ticks that putting so much together takes; 0 where nothing ever was.</summary>
    public double CopyOf(double bytes) => bytes * _ticksPerByte.Value;

    /// <summary>Whether requests should share a run by what is known; true where that is too little.</summary>
    /// <param name="requests">How many.</param>
    /// <param name="apart">Ticks of a run of one of them; 0 where that is not known.</param>
    /// <param name="together">Ticks of a run of all of them; 0 where that is not known.</param>
    /// <param name="bytes">Inputs of all of them.</param>
    public bool Pay(double requests, double apart, double together, double bytes) =>
        requests <= 1 || apart <= 0 || together <= 0 || _ticksPerByte.Value == 0
        || together + handover + CopyOf(bytes) < requests * (apart + handover);

    /// <summary>Requests for which it does not pay are about to run: whether they share a run all the same, to see whether it does by now.</summary>
    public bool IsTriedAgain()
    {
        _apart = (_apart + 1) % TriedAgain;
        return _apart == 0;
    }
}
