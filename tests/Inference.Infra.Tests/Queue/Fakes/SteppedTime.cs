using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.Tests.Queue.Fakes;

/// <summary>A clock that can be ahead of its timers.</summary>
internal sealed class SteppedTime : FakeTimeProvider
{
    public TimeSpan Ahead { get; set; }

    /// <summary>How much further ahead it is at each look.</summary>
    public TimeSpan PerLook { get; set; }

    public override long GetTimestamp() => base.GetTimestamp() + (Ahead += PerLook).Ticks;
}
