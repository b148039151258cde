using Inference.Domain.Pipelines;

namespace Inference.Domain.Tests.Pipelines;

internal sealed class OptionReaderTests
{
    [Test]
    public void Values_OfEveryKind_AreRead()
    {
        var reader = Reader(
            ("word", Scalar("w")), ("count", Scalar("-3")), ("rate", Scalar("2.5e1")), ("on", Scalar("true")), ("mode", Scalar("b")),
            ("numbers", List(Scalar("1"), Scalar("2"))), ("words", List(Scalar("x"), Scalar("y"))), ("part", Section(("k", Scalar("1")))), ("parts", List(Section(("k", Scalar("2"))))));
        Assert.That((reader.Text("word", "-"), reader.Integer("count", 0), reader.Number("rate", 0), reader.Flag("on", false)), Is.EqualTo(("w", -3L, 25.0, true)));
        Assert.That(reader.Choice("mode", 0, ("a", 1), ("b", 2)), Is.EqualTo(2));
        Assert.That(reader.Numbers("numbers"), Is.EqualTo(new[] { 1.0, 2 }));
        Assert.That(reader.Words("words"), Is.EqualTo(new[] { "x", "y" }));
        Assert.That(reader.Section("part").Integer("k", 0), Is.EqualTo(1));
        Assert.That(reader.Sections("parts").Single().Integer("k", 0), Is.EqualTo(2));
        Assert.That(reader.Finish, Throws.Nothing);
    }

    [Test]
    public void Values_Absent_AreTheFallbacks()
    {
        var reader = OptionReader.Empty("f.yaml");
        Assert.That((reader.Text("a", "-"), reader.Integer("b", 7), reader.Number("c", 0.5), reader.Flag("d", true), reader.Choice("e", 9, ("x", 1))), Is.EqualTo(("-", 7L, 0.5, true, 9)));
        Assert.That((reader.Numbers("f"), reader.Words("g")), Is.EqualTo(((IReadOnlyList<double>?)null, (IReadOnlyList<string>?)null)));
        Assert.That((reader.Section("h").Text("i", "-"), reader.Sections("j").Count, reader.Has("k"), reader.Find("l")), Is.EqualTo(("-", 0, false, (OptionNode?)null)));
        Assert.That(reader.Finish, Throws.Nothing);
    }

    [Test]
    public void Numbers_OneNumber_IsAListOfOne() => Assert.That(Reader(("a", Scalar("3"))).Numbers("a"), Is.EqualTo(new[] { 3.0 }));

    [Test]
    public void Finish_AllMistakesInOneSection_TellsEachOnceWithItsPlace()
    {
        var reader = Reader(("count", Scalar("x", 3)), ("on", Scalar("yes", 4)), ("mode", Scalar("aa", 5)), ("extra", Scalar("1", 6)));
        reader.Integer("count", 0, 1, 9);
        reader.Integer("count", 0, 1, 9);
        reader.Flag("on", false);
        reader.Choice("mode", 0, ("a", 1));
        reader.RequiredText("name");
        Assert.That(Mistakes(reader), Is.EqualTo(new[]
        {
            "f.yaml:3: 'count' is 'x'; expected a whole number from 1 to 9.",
            "f.yaml:4: 'on' is 'yes'; expected true or false.",
            "f.yaml:5: 'mode' is 'aa'; expected a. Did you mean 'a'?",
            "f.yaml:1: key 'name' is missing.",
            "f.yaml:6: key 'extra' is not known; known here: count, on, mode, name.",
        }));
    }

    [Test]
    public void Finish_UnknownKeysWithin_AreFoundWithTheNearestName()
    {
        var reader = Reader(("part", Section(("lines", Scalar("1", 8)))), ("parts", List(Section(("lanez", Scalar("1", 9))))));
        reader.Section("part").Integer("lanes", 1);
        reader.Sections("parts")[0].Integer("lanes", 1);
        Assert.That(Mistakes(reader), Is.EqualTo(new[]
        {
            "f.yaml:8: key 'lines' is not known; known here: lanes. Did you mean 'lanes'?",
            "f.yaml:9: key 'lanez' is not known; known here: lanes. Did you mean 'lanes'?",
        }));
    }

    [TestCase("10", 1, 9, "from 1 to 9")]
    [TestCase("-1", 0, long.MaxValue, "of at least 0")]
    [TestCase("8", long.MinValue, 7, "of at most 7")]
    [TestCase("1.5", long.MinValue, long.MaxValue, "expected a whole number.")]
    [TestCase("1,000", 0, long.MaxValue, "is '1,000'")]
    [TestCase("", 0, 5, "is ''")]
    public void Integer_OutOfRangeOrNoNumber_TellsTheRange(string text, long minimum, long maximum, string expected)
    {
        var reader = Reader(("n", Scalar(text)));
        Assert.That(reader.Integer("n", 4, minimum, maximum), Is.EqualTo(4));
        Assert.That(Mistakes(reader).Single(), Does.Contain(expected));
    }

    [TestCase("nan")]
    [TestCase("Infinity")]
    [TestCase("1e999")]
    [TestCase("one")]
    public void Number_NotFinite_IsRefused(string text)
    {
        var reader = Reader(("n", Scalar(text)));
        reader.Number("n", 0);
        Assert.That(Mistakes(reader).Single(), Is.EqualTo($"f.yaml:1: 'n' is '{text}'; expected a number."));
    }

    [Test]
    public void Values_OfAnotherForm_AreRefused()
    {
        var reader = Reader(("a", List()), ("b", Scalar("1")), ("c", Scalar("1")), ("d", List(Scalar("1"))), ("e", List(List())));
        reader.Text("a", "");
        reader.Section("b");
        reader.Sections("c");
        reader.Sections("d");
        reader.Words("e");
        Assert.That(Mistakes(reader), Has.Count.EqualTo(5));
    }

    [Test]
    public void Constructor_NoSection_IsAMistake() =>
        Assert.That(Mistakes(new OptionReader(Scalar("text"))).Single(), Is.EqualTo("f.yaml:1: keys with values are expected here."));

    [Test]
    public void Error_AddedByAComponent_StandsAtTheValueOrTheSection()
    {
        var reader = Reader(("a", Scalar("1", 4)));
        reader.Error("a", "is wrong.");
        reader.Error("b", "is missing.");
        Assert.That(reader.Errors, Is.EqualTo(new[] { "f.yaml:4: 'a' is wrong.", "f.yaml:1: 'b' is missing." }));
        Assert.That(Assert.Throws<ManifestException>(reader.Finish)!.Message, Is.EqualTo("f.yaml:4: 'a' is wrong. f.yaml:1: 'b' is missing."));
    }

    [Test]
    public void Finish_VeryManyMistakes_TellsThemSoonAndShowsTheFirst()
    {
        var reader = Reader([.. Enumerable.Range(1, 50_000).Select(i => ($"key{i}", Scalar("1", i)))]);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var error = Assert.Throws<ManifestException>(reader.Finish)!;
        Assert.That(error.Errors, Has.Count.EqualTo(50_000));
        Assert.That(error.Message, Does.EndWith(" And 49980 more.").And.Length.LessThan(2_000));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public void Location_WithoutALine_IsTheFile() => Assert.That(OptionReader.Empty("f.yaml").Location.ToString(), Is.EqualTo("f.yaml"));

    private static IReadOnlyList<string> Mistakes(OptionReader reader) => Assert.Throws<ManifestException>(reader.Finish)!.Errors;

    private static OptionReader Reader(params (string Key, OptionNode Value)[] entries) => new(Section(entries));

    private static OptionNode Scalar(string text, int line = 1) => OptionNode.Scalar(text, new SourceLocation("f.yaml", line));

    private static OptionNode List(params OptionNode[] items) => OptionNode.List(items, new SourceLocation("f.yaml", 1));

    private static OptionNode Section(params (string Key, OptionNode Value)[] entries) =>
        OptionNode.Section([.. entries.Select(e => KeyValuePair.Create(e.Key, e.Value))], new SourceLocation("f.yaml", 1));
}
