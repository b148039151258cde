using CsCheck;

namespace Inference.Domain.Tests;

internal sealed class NearestNameTests
{
    [TestCase("labl", ExpectedResult = "label")]
    [TestCase("LABEL", ExpectedResult = "label")]
    [TestCase("labels", ExpectedResult = "label")]
    [TestCase("x", ExpectedResult = "k")]
    [TestCase("softmax", ExpectedResult = null)]
    [TestCase("", ExpectedResult = "k")]
    public string? Find_Name_IsTheOneWithTheFewestEdits(string name) => NearestName.Find(name, ["scores", "label", "labelled", "k"]);

    [Test]
    public void Find_NoCandidates_IsNull() => Assert.That(NearestName.Find("a", []), Is.Null);

    [Test]
    public void Find_HugeName_IsNotCompared() => Assert.That(NearestName.Find(new string('a', 1_000_000), [new string('a', 64)]), Is.Null);

    [Test]
    public void Find_AmongAnyNames_FindsTheNameItself() =>
        Gen.String[1, 64].List[1, 10].Where(l => l.Distinct(StringComparer.OrdinalIgnoreCase).Count() == l.Count)
            .Sample(names => names.All(n => string.Equals(NearestName.Find(n, names), n, StringComparison.OrdinalIgnoreCase)));

    [Test]
    public void Hint_NearName_IsAQuestion()
    {
        Assert.That(NearestName.Hint("labl", ["label"]), Is.EqualTo(" Did you mean 'label'?"));
        Assert.That(NearestName.Hint("other", ["label"]), Is.Empty);
    }
}
