using System.Diagnostics;

namespace Inference.Functional.Tests.Networks;

/// <summary>
/// The cable between two hosts: it delays every packet, loses some (the same ones by their order, in every run) and can be pulled
/// out. It does what <c>tc netem</c> does, which many kernels do not have.
/// </summary>
internal sealed class FlakyLink : IDisposable
{
    private const int LargestPacket = 2048;
    private const int IdleMilliseconds = 20;

    // What a router would hold; more is lost, as there.
    private const int MostUnderWay = 4096;
    private readonly TunDevice _one;
    private readonly TunDevice _other;
    private readonly TimeSpan _delay;
    private readonly double _loss;
    private readonly List<Thread> _directions;
    private volatile bool _isEnded;
    private volatile bool _isCut;
    private long _carried;
    private long _lost;

    /// <summary>Connects two hosts.</summary>
    /// <param name="one">A device of the first.</param>
    /// <param name="other">A device of the second.</param>
    /// <param name="delay">Time of a packet from one to the other.</param>
    /// <param name="loss">Part of the packets that do not arrive, in each direction.</param>
    public FlakyLink(TunDevice one, TunDevice other, TimeSpan delay, double loss)
    {
        (_one, _other, _delay, _loss) = (one, other, delay, loss);
        _directions = [new Thread(() => Carry(_one, _other, seed: 1)), new Thread(() => Carry(_other, _one, seed: 2))];
        _directions.ForEach(d => d.Start());
    }

    public long Carried => Interlocked.Read(ref _carried);

    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Nothing arrives from now on, and nobody is told.</summary>
    public void Cut() => _isCut = true;

    public void Mend() => _isCut = false;

    public void Dispose()
    {
        _isEnded = true;
        _directions.ForEach(d => d.Join());
        _one.Dispose();
        _other.Dispose();
    }

    private void Carry(TunDevice from, TunDevice to, int seed)
    {
        var dice = new Random(seed);
        var underWay = new Queue<(long Due, byte[] Packet)>();
        var packet = new byte[LargestPacket];
        while (!_isEnded)
        {
            var length = from.Read(packet, Patience(underWay));
            if (length > 0 && (_isCut || dice.NextDouble() < _loss || underWay.Count == MostUnderWay))
                Interlocked.Increment(ref _lost);
            else if (length > 0)
                underWay.Enqueue((Stopwatch.GetTimestamp() + (long)(_delay.TotalSeconds * Stopwatch.Frequency), packet[..length]));
            while (underWay.TryPeek(out var next) && next.Due <= Stopwatch.GetTimestamp())
            {
                to.Write(underWay.Dequeue().Packet);
                Interlocked.Increment(ref _carried);
            }
        }
    }

    // Until the next packet is due.
    private static int Patience(Queue<(long Due, byte[] Packet)> underWay) => underWay.TryPeek(out var next)
        ? (int)Math.Clamp(Math.Ceiling(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next.Due).TotalMilliseconds), 0, IdleMilliseconds)
        : IdleMilliseconds;
}
