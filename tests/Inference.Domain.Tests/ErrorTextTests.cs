using CsCheck;

namespace Inference.Domain.Tests;

internal sealed class ErrorTextTests
{
    [TestCase("digits", ExpectedResult = "'digits'")]
    [TestCase("", ExpectedResult = "''")]
    [TestCase(null, ExpectedResult = "''")]
    [TestCase("a\nb\0c\u007f", ExpectedResult = "'a?b?c?'")]
    [TestCase("a\u2028b\u2029c\u0085d", ExpectedResult = "'a?b?c?d'")]
    [TestCase("\U0001F600é", ExpectedResult = "'\U0001F600é'")]
    public string Quote_AnyName_IsPrintable(string? name) => ErrorText.Quote(name);

    [Test]
    public void BoundReason_LongText_IsCutLaterThanAMessage()
    {
        Assert.That(ErrorText.BoundReason("a\nb"), Is.EqualTo("a?b"));
        Assert.That(ErrorText.BoundReason(new string('x', 100_000)), Has.Length.EqualTo(ErrorText.MaxReasonLength + 1).And.EndsWith("…"));
    }

    [Test]
    public void Quote_LoneSurrogates_AreReplaced()
    {
        Assert.That(ErrorText.Quote("a\uD83D"), Is.EqualTo("'a?'"));
        Assert.That(ErrorText.Quote("\uDE00b"), Is.EqualTo("'?b'"));
    }

    [Test]
    public void Quote_LongName_IsCutAndSaysHowLongItWas() =>
        Assert.That(ErrorText.Quote(new string('x', 81)), Is.EqualTo($"'{new string('x', 80)}' (81 characters)"));

    [Test]
    public void Quote_PairAcrossTheCut_IsNotTornApart() =>
        Assert.That(ErrorText.Quote(new string('x', 79) + "\U0001F600"), Is.EqualTo($"'{new string('x', 79)}?' (81 characters)"));

    [Test]
    public void QuoteAndBound_AnyText_AreShortAndOnOneLine() =>
        Gen.String[Gen.Char, 0, 2000].Sample(text =>
            IsOneLine(ErrorText.Quote(text)) && ErrorText.Quote(text).Length <= ErrorText.MaxNameLength + 30
            && IsOneLine(ErrorText.Bound(text)) && ErrorText.Bound(text).Length <= ErrorText.MaxMessageLength + 1);

    [Test]
    public void Bound_ShortMessage_StaysAsItIs() => Assert.That(ErrorText.Bound("input 'x' has 3 rows."), Is.EqualTo("input 'x' has 3 rows."));

    [Test]
    public void Bound_LongMessage_EndsInAnEllipsis() => Assert.That(ErrorText.Bound(new string('x', 1001)), Is.EqualTo(new string('x', 1000) + "…"));

    [Test]
    public void List_NoneFewAndMany_TellsHowManyAreLeftOut()
    {
        Assert.That(ErrorText.List([]), Is.EqualTo("none"));
        Assert.That(ErrorText.List(["a", "b"]), Is.EqualTo("'a', 'b'"));
        Assert.That(ErrorText.Join(Enumerable.Range(1, 15).Select(i => $"{i}")), Is.EqualTo("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 3 more"));
    }

    [Test]
    public void Shape_ManyDimensions_ShowsTwelve()
    {
        Assert.That(ErrorText.Shape([]), Is.EqualTo("[]"));
        Assert.That(ErrorText.Shape([-1, 3]), Is.EqualTo("[-1,3]"));
        Assert.That(ErrorText.Shape(new long[1000]), Is.EqualTo("[0,0,0,0,0,0,0,0,0,0,0,0,… 1000 dimensions]"));
    }

    private static bool IsOneLine(string text) => !text.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029');
}
