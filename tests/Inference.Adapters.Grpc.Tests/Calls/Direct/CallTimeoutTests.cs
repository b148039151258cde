using System.Globalization;
using CsCheck;
using Inference.Adapters.Grpc.Calls.Direct;

namespace Inference.Adapters.Grpc.Tests.Calls.Direct;

internal sealed class CallTimeoutTests
{
    [TestCase("1H", 3_600_000_000_000L)]
    [TestCase("2M", 120_000_000_000L)]
    [TestCase("00000003S", 3_000_000_000L)]
    [TestCase("99999999m", 99_999_999_000_000L)]
    [TestCase("5u", 5_000L)]
    [TestCase("99999999n", 99_999_900L)]
    public void TryParse_TimeoutOfTheProtocol_IsTaken(string text, long nanoseconds)
    {
        Assert.That(CallTimeout.TryParse(text, out var timeout), Is.True);
        Assert.That(timeout.Ticks * TimeSpan.NanosecondsPerTick, Is.EqualTo(nanoseconds));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("1")]
    [TestCase("S")]
    [TestCase("1s")]
    [TestCase("-1S")]
    [TestCase("+1S")]
    [TestCase(" 1S")]
    [TestCase("1 S")]
    [TestCase("1.5S")]
    [TestCase("0S")]
    [TestCase("99n")]
    [TestCase("100000000m")]
    [TestCase("99999999H")]
    [TestCase("721H")]
    [TestCase("٣S")]
    public void TryParse_AnythingElse_IsLeftToTheLibrary(string? text) => Assert.That(CallTimeout.TryParse(text, out _), Is.False);

    [Test]
    public void TryParse_AnyMilliseconds_AreExact() =>
        Gen.Int[1, 99_999_999].Sample(ms => CallTimeout.TryParse(ms.ToString(CultureInfo.InvariantCulture) + "m", out var timeout) && timeout == TimeSpan.FromMilliseconds(ms));
}
