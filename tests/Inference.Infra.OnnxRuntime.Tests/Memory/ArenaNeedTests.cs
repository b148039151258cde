using Inference.Infra.OnnxRuntime.Memory;

namespace Inference.Infra.OnnxRuntime.Tests.Memory;

/// <summary>When an arena is shrunk: by the largest inputs of each period.</summary>
[TestFixture]
internal sealed class ArenaNeedTests
{
    [TestCase("", "", TestName = "Next_NeverRun_NoShrink")]
    [TestCase("0 0 0", "- - -", TestName = "Next_NothingRan_NoShrink")]
    [TestCase("100 100 100", "- - -", TestName = "Next_SameSizes_NoShrink")]
    [TestCase("100 200 400", "- - -", TestName = "Next_SizesGrow_NoShrink")]
    [TestCase("100 51 60", "- - -", TestName = "Next_SizesHardlySmaller_NoShrink")]
    [TestCase("100 0 0 0", "- shrink - -", TestName = "Next_RunsEnd_ShrinksOnce")]
    [TestCase("100 50 50 50", "- shrink - -", TestName = "Next_SizesHalve_ShrinksOnce")]
    [TestCase("100 10 0 0", "- shrink shrink -", TestName = "Next_SmallerThenNothing_ShrinksForEach")]
    [TestCase("100 0 100 0", "- shrink - shrink", TestName = "Next_RunsComeBack_ShrinksAgain")]
    public void Next_SizesOfPeriods_ShrinksWhereTheNeedFell(string sizes, string expected)
    {
        var need = new ArenaNeed();
        var decisions = sizes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => need.Next(long.Parse(s, System.Globalization.CultureInfo.InvariantCulture)) ? "shrink" : "-");
        Assert.That(string.Join(' ', decisions), Is.EqualTo(expected));
    }

    [Test]
    public void Take_RunsOfSeveralSizes_GivesTheLargestSinceTheLastTake()
    {
        var sizes = new RunSizes();
        sizes.Note(5);
        sizes.Note(9);
        sizes.Note(7);
        var first = sizes.Take();
        sizes.Note(0);
        Assert.That((first, sizes.Take(), sizes.Take()), Is.EqualTo((9L, 1L, 0L)));
    }
}
