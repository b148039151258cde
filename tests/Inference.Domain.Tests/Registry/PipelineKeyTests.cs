using CsCheck;
using Inference.Domain.Registry;

namespace Inference.Domain.Tests.Registry;

internal sealed class PipelineKeyTests
{
    [TestCase("1", 1)]
    [TestCase("20", 20)]
    [TestCase("9223372036854775807", long.MaxValue)]
    public void TryParseVersion_CanonicalNumbers_AreRead(string text, long expected)
    {
        Assert.That(PipelineKey.TryParseVersion(text, out var version), Is.True);
        Assert.That(version, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("0")]
    [TestCase("01")]
    [TestCase("+1")]
    [TestCase("-1")]
    [TestCase(" 1")]
    [TestCase("1 ")]
    [TestCase("1\0")]
    [TestCase("1.0")]
    [TestCase("1e3")]
    [TestCase("١")]
    [TestCase("9223372036854775808")]
    [TestCase("latest")]
    public void TryParseVersion_AnythingElse_IsNoVersion(string text) => Assert.That(PipelineKey.TryParseVersion(text, out _), Is.False);

    [Test]
    public void TryParseVersion_AnyText_ReadsBackExactlyWhatIsWritten() =>
        Gen.OneOf(Gen.String[Gen.Char['+', '9'], 0, 21], Gen.Long.Select(n => $"{n}"), Gen.String).Sample(text =>
            !PipelineKey.TryParseVersion(text, out var version) || (version > 0 && new PipelineKey("m", version).VersionText == text));

    [Test]
    public void Describe_AnyName_IsQuoted()
    {
        Assert.That(new PipelineKey("digits", 2).Describe(), Is.EqualTo("model 'digits' version 2"));
        Assert.That(new PipelineKey("digits", 2).ToString(), Is.EqualTo("digits/2"));
    }
}
