using CsCheck;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class DurationOptionTests
{
    private static readonly TimeSpan Fallback = TimeSpan.FromSeconds(42);

    [TestCase("0", 0)]
    [TestCase("0s", 0)]
    [TestCase("0.0ms", 0)]
    [TestCase("1us", 10)]
    [TestCase("200us", 2_000)]
    [TestCase("5ms", 50_000)]
    [TestCase("1.5ms", 15_000)]
    [TestCase(".5s", 5_000_000)]
    [TestCase("3600s", 36_000_000_000)]
    public void Duration_NumberWithUnit_IsRead(string text, long ticks) => Assert.That(Read(text).Ticks, Is.EqualTo(ticks));

    [TestCase("")]
    [TestCase("5")]
    [TestCase("00")]
    [TestCase("ms")]
    [TestCase("-5ms")]
    [TestCase("+5ms")]
    [TestCase("5 ms")]
    [TestCase("5MS")]
    [TestCase("5m")]
    [TestCase("5sec")]
    [TestCase("1e3us")]
    [TestCase("1,5ms")]
    [TestCase("NaNs")]
    [TestCase("0.1us")]
    [TestCase("3600.001s")]
    [TestCase("3600001ms")]
    [TestCase("99999999999999999999999999999999999999s")]
    public void Duration_AnythingElse_IsToldWithWhatIsExpected(string text)
    {
        var error = Assert.Throws<ManifestException>(() => Read(text));
        Assert.That(error!.Errors.Single(), Is.EqualTo($"p.yaml:1: 'x' is '{text}'; expected a number with its unit, such as 200us, 5ms or 1.5s, from 1us to 3600s, or 0 for none."));
    }

    [Test]
    public void Duration_Absent_IsTheFallback() => Assert.That(Read(null), Is.EqualTo(Fallback));

    [Test]
    public void Duration_List_IsToldOnce() =>
        Assert.That(Assert.Throws<ManifestException>(() => ReadYaml("x: [5ms]"))!.Errors.Single(), Is.EqualTo("p.yaml:1: 'x' must be a single value."));

    [Test]
    public void Duration_WholeMicroseconds_AreExactInEveryUnit() =>
        Gen.Int[1, 1_000_000_000].Sample(us =>
        {
            var expected = TimeSpan.FromMicroseconds(us);
            return Read($"{us}us") == expected
                && Read(FormattableString.Invariant($"{us / 1000m}ms")) == expected
                && Read(FormattableString.Invariant($"{us / 1_000_000m}s")) == expected;
        });

    private static TimeSpan Read(string? text) => ReadYaml(text is null ? "{}" : $"x: '{text}'");

    private static TimeSpan ReadYaml(string yaml)
    {
        var reader = new OptionReader(YamlReader.Read(yaml, "p.yaml"));
        var duration = reader.Duration("x", Fallback);
        reader.Finish();
        return duration;
    }
}
