namespace Inference.Infra.Queue.Costs;

/// <summary>
/// The least that was measured of late, which does not tell of a busy machine. Each larger one makes it believed a little less, so that
/// it is forgotten after some dozens of them. Not thread-safe.
/// </summary>
internal struct LeastOfLate
{
    private const double Forgetting = 1.02;

    /// <summary>The least; 0 where nothing was measured.</summary>
    public double Value { get; private set; }

    /// <summary>Takes a measurement into account.</summary>
    /// <param name="measured">Above 0.</param>
    public void Add(double measured) => Value = Value == 0 ? measured : Math.Min(measured, Value * Forgetting);
}
