namespace Inference.Infra.OnnxRuntime.Devices;

/// <summary>A thread's time with one client of a device, from when it turned to it.</summary>
/// <param name="Charge">Ticks that the client was charged in advance.</param>
/// <param name="Start">Timestamp of its beginning.</param>
internal readonly record struct DeviceTurn(double Charge, long Start)
{
    /// <summary>Ticks that it has taken beyond its charge until now; negative while it has not used that up.</summary>
    public double Beyond(long now) => now - Start - Charge;

    /// <summary>Ticks until it has taken twice its charge, and more than another run takes: nobody should wait for its end any more.</summary>
    public double UntilOverdue(long now, double other) => Math.Max(Charge, other) - Beyond(now);
}
