using Inference.Adapters.Cli.Bench.Payload;
using Inference.Adapters.Cli.Bench.Text;

namespace Inference.Adapters.Cli.Tests.Bench.Text;

public sealed class OptionTextTests
{
    [TestCase("8", new double[] { 8 })]
    [TestCase("1,4,16", new double[] { 1, 4, 16 })]
    [TestCase("1:9:4", new double[] { 1, 5, 9 })]
    [TestCase("2:4", new double[] { 2, 3, 4 })]
    [TestCase("1:16:x2,100", new double[] { 1, 2, 4, 8, 16, 100 })]
    public void Parse_Levels_AreInTheirOrder(string text, double[] expected) =>
        Assert.That(LevelText.Parse("--concurrency", text, 1, 1000, isWhole: true), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("many")]
    [TestCase("0")]
    [TestCase("1.5")]
    [TestCase("-1")]
    [TestCase("9:1")]
    [TestCase("1:9:0")]
    [TestCase("1:9:x1")]
    [TestCase("1:9:1:1")]
    [TestCase("1:1000")]
    public void Parse_WrongLevels_AreRefusedByName(string text) =>
        Assert.That(() => LevelText.Parse("--concurrency", text, 1, 1000, isWhole: true), Throws.TypeOf<UsageException>().With.Message.Contains("--concurrency"));

    [TestCase("NaN")]
    [TestCase("Infinity")]
    [TestCase("0.001")]
    public void Parse_RateThatIsNone_IsRefused(string text) =>
        Assert.That(() => LevelText.Parse("--rate", text, 0.01, 1000, isWhole: false), Throws.TypeOf<UsageException>().With.Message.Contains("--rate"));

    [TestCase("500us", 500)]
    [TestCase("20ms", 20_000)]
    [TestCase("1.5s", 1_500_000)]
    [TestCase("2m", 120_000_000)]
    public void Parse_Time_IsRead(string text, double microseconds) =>
        Assert.That(TimeText.Parse("--p99", text, TimeSpan.Zero, TimeSpan.FromHours(1)).TotalMicroseconds, Is.EqualTo(microseconds));

    [TestCase("20")]
    [TestCase("ms")]
    [TestCase("-1ms")]
    [TestCase("soon")]
    [TestCase("2h")]
    public void Parse_WrongTime_IsRefusedByName(string text) =>
        Assert.That(() => TimeText.Parse("--p99", text, TimeSpan.Zero, TimeSpan.FromHours(1)), Throws.TypeOf<UsageException>().With.Message.Contains("--p99").And.Message.Contains("20ms"));

    [TestCase(double.NaN, "-")]
    [TestCase(0.5, "0.50 us")]
    [TestCase(12.34, "12.3 us")]
    [TestCase(1500, "1.50 ms")]
    [TestCase(20_000_000, "20.0 s")]
    public void Write_Time_HasAUnit(double microseconds, string expected) => Assert.That(TimeText.Write(microseconds), Is.EqualTo(expected));

    [Test]
    public void Shapes_NamesWithColons_AreKept()
    {
        var shapes = InputText.Shapes(["image:0:1,3,224,224", "n:5"]);

        Assert.That(shapes, Is.EquivalentTo(new Dictionary<string, long[]> { ["image:0"] = [1, 3, 224, 224], ["n"] = [5] }));
    }

    [TestCase("image")]
    [TestCase("image:")]
    [TestCase(":1,2")]
    [TestCase("image:1,-1")]
    [TestCase("image:a")]
    public void Shapes_WrongOnes_AreRefused(string argument) => Assert.That(() => InputText.Shapes([argument]), Throws.TypeOf<UsageException>().With.Message.Contains("--shape"));

    [Test]
    public void Ranges_AreRead() => Assert.That(InputText.Ranges(["x:-1.5:2"])["x"], Is.EqualTo(new NumberRange(-1.5, 2)));

    [TestCase("x:1")]
    [TestCase("x:2:1")]
    [TestCase("x:a:b")]
    public void Ranges_WrongOnes_AreRefused(string argument) => Assert.That(() => InputText.Ranges([argument]), Throws.TypeOf<UsageException>().With.Message.Contains("--range"));
}
