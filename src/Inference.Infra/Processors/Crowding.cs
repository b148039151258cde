using System.Numerics;

namespace Inference.Infra.Processors;

/// <summary>
/// Whether others keep all processors busy, from how long a patient thread waits for one whenever it wakes. Behind threads that
/// rest again and again, as those of the server and its clients do, that is mostly well below a millisecond; behind a program
/// that does not, it is that program's whole turn. Waits while the server has much of the processors itself say nothing of
/// others. Pure; not thread-safe.
/// </summary>
internal sealed class Crowding
{
    /// <summary>Waits by which it is judged.</summary>
    public const int Looks = 20;

    /// <summary>So many long waits among them say that the processors are crowded.</summary>
    public const int Many = 4;

    /// <summary>With no more than so many the processors are not crowded any more.</summary>
    public const int Few = 1;

    /// <summary>A wait from which on it is a long one.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMilliseconds(2);

    /// <summary>With this part of the processors, or more, the server and its clients may be in their own way.</summary>
    public const double Most = 0.25;

    private uint _recent;
    private double _mean;

    /// <summary>Others keep all processors busy.</summary>
    public bool IsCrowded { get; private set; }

    /// <summary>What the recent waits were, on average.</summary>
    public TimeSpan Mean => TimeSpan.FromSeconds(_mean);

    /// <summary>The thread has waited once more.</summary>
    /// <param name="wait">How long, from when it woke until it had a processor.</param>
    /// <param name="share">What the server has had of all processors since the last wait, from 0 to 1.</param>
    /// <returns>True where <see cref="IsCrowded"/> has changed by it.</returns>
    public bool Add(TimeSpan wait, double share)
    {
        _mean += (wait.TotalSeconds - _mean) / Looks;
        _recent = ((_recent << 1) | (wait >= Long && share < Most ? 1u : 0)) & ((1u << Looks) - 1);
        var late = BitOperations.PopCount(_recent);
        var was = IsCrowded;
        IsCrowded = late >= Many || (was && late > Few);
        return IsCrowded != was;
    }
}
