using System.Diagnostics;
using System.Text.Json;
using CsCheck;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Text;
using static Inference.Infra.Tests.Components.ComponentHost;

namespace Inference.Infra.Tests.Components.Text;

internal sealed class TextWordPieceTests
{
    private static readonly string[] Pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "cafe", "un", "##able", "##aff", "a", "##a", ",", "日", "ᄒ", "##ᅡ", "##ᆫ", "word", "Cafe"];
    private static readonly TensorSpec Ids = Spec("input_ids", TensorType.Int64, -1, -1);
    private static readonly TensorSpec Mask = Spec("attention_mask", TensorType.Int64, -1, -1);
    private static readonly TensorSpec Types = Spec("token_type_ids", TensorType.Int32, -1, -1);

    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder().File("vocab.txt", string.Join('\n', Pieces) + "\n");

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Process_KnownTexts_GivesTheTokensOfTheTrainingsTokenizer()
    {
        var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "known-ids.json"))).RootElement.EnumerateArray().ToList();
        var folder = new ArtefactFolder(Path.Combine(AppContext.BaseDirectory, "models", "gloss-topics", "1"));
        var component = new TextWordPieceFactory().Create(Context([Ids, Mask], [], "max_length: 64") with { Folder = folder });
        using var inputs = new TensorSet().With("text", [.. cases.Select(c => c.GetProperty("text").GetString()!)]);
        using var outputs = component.Process(inputs);
        var length = (int)outputs.Get("input_ids").Shape[1];
        Assert.That(cases, Has.Count.GreaterThan(20));
        for (var row = 0; row < cases.Count; row++)
        {
            var expected = cases[row].GetProperty("ids").EnumerateArray().Select(i => i.GetInt64()).ToArray();
            var ids = outputs.Get("input_ids").AsSpan<long>().Slice(row * length, length).ToArray();
            var mask = outputs.Get("attention_mask").AsSpan<long>().Slice(row * length, length).ToArray();
            Assert.That(ids[..expected.Length], Is.EqualTo(expected), cases[row].GetProperty("text").GetString());
            Assert.That(ids[expected.Length..], Is.All.Zero);
            Assert.That(mask.Sum(), Is.EqualTo(expected.Length));
        }
    }

    [TestCase("cafe", ExpectedResult = "2 4 3")]
    [TestCase("CAFÉ", ExpectedResult = "2 4 3")]
    [TestCase("cafe\u0301", ExpectedResult = "2 4 3")]
    [TestCase("unaffable", ExpectedResult = "2 5 7 6 3")]
    [TestCase("unaffablex", ExpectedResult = "2 1 3")]
    [TestCase("a,a", ExpectedResult = "2 8 10 8 3")]
    [TestCase("日日", ExpectedResult = "2 11 11 3")]
    [TestCase("한", ExpectedResult = "2 12 13 14 3")]
    [TestCase("a\u00ADa", ExpectedResult = "2 8 9 3")]
    [TestCase("[SEP]", ExpectedResult = "2 1 1 1 3")]
    [TestCase("", ExpectedResult = "2 3")]
    public string Process_SmallVocabulary_SplitsAsBertDoes(string text) => string.Join(' ', Tokens(Create("max_length: 16"), text));

    [Test]
    public void Process_CaseKept_KeepsAccentsToo()
    {
        var component = Create("lowercase: false");
        Assert.That(Tokens(component, "Cafe cafe"), Is.EqualTo(new long[] { 2, 16, 4, 3 }));
        Assert.That(Tokens(component, "café"), Is.EqualTo(new long[] { 2, 1, 3 }));
    }

    [Test]
    public void Process_TextLongerThanTheMost_IsCut()
    {
        var tokens = Tokens(Create("max_length: 5"), "a a a a a a a a");
        Assert.That(tokens, Is.EqualTo(new long[] { 2, 8, 8, 8, 3 }));
    }

    [Test]
    public void Process_PaddedToTheMost_FillsEveryInputOfTheModel()
    {
        var component = new TextWordPieceFactory().Create(Context([Ids, Mask, Types], [], "{ max_length: 6, padding: max_length }", _folder));
        using var outputs = component.Process(new TensorSet().With("text", "a", ""));
        Assert.That(outputs.Select(o => o.Name), Is.EqualTo(new[] { "input_ids", "attention_mask", "token_type_ids" }));
        Assert.That(outputs.Get("input_ids").AsSpan<long>().ToArray(), Is.EqualTo(new long[] { 2, 8, 3, 0, 0, 0, 2, 3, 0, 0, 0, 0 }));
        Assert.That(outputs.Get("attention_mask").AsSpan<long>().ToArray(), Is.EqualTo(new long[] { 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0 }));
        Assert.That(outputs.Get("token_type_ids").AsSpan<int>().ToArray(), Is.All.Zero);
        Assert.That(component.Outputs.Select(o => o.Describe()), Is.EqualTo(new[] { "INT64[-1,6]", "INT64[-1,6]", "INT32[-1,6]" }));
    }

    [Test]
    public void Process_NoRows_GivesNoRowsOfTwoTokens()
    {
        using var outputs = Create("max_length: 6").Process(new TensorSet().With("text", Array.Empty<string>()));
        Assert.That(outputs.Get("input_ids").Shape, Is.EqualTo(TensorShape.Of(0, 2)));
    }

    [Test]
    public void Process_NotUtf8_IsRefusedByRowEvenBehindTheCut()
    {
        var broken = new byte[] { 97, 32, 97, 32, 97, 32, 97, 32, 0xFF };
        var refusal = Refusal(ErrorCode.InvalidArgument, () => Create("max_length: 3").Process(new TensorSet().With("text", [97], broken)));
        Assert.That(refusal, Does.StartWith("input 'text' row 1 (from 0) is not UTF-8"));
    }

    [TestCase("a ")]
    [TestCase("a")]
    [TestCase(" ")]
    [TestCase("\u0301")]
    [TestCase("日")]
    public void Process_HugeText_TakesBoundedTimeAndMemory(string part)
    {
        var component = Create("max_length: 64");
        using var inputs = new TensorSet().With("text", string.Concat(Enumerable.Repeat(part, 8_000_000 / part.Length)));
        component.Process(inputs).Dispose();
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        component.Process(inputs).Dispose();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)));
    }

    [Test]
    public void Process_AnyText_GivesFramedRowsOfKnownTokens()
    {
        var component = Create("max_length: 9");
        Gen.String.Where(s => !s.Any(char.IsSurrogate)).Array[0, 5].Sample(texts =>
        {
            using var inputs = new TensorSet().With("text", texts);
            using var outputs = component.Process(inputs);
            var ids = outputs.Get("input_ids");
            var length = (int)ids.Shape[1];
            for (var row = 0; row < texts.Length; row++)
            {
                var tokens = ids.AsSpan<long>().Slice(row * length, length).ToArray();
                var end = Array.IndexOf(tokens, 3);
                if (length > 9 || tokens[0] != 2 || end < 1 || tokens[(end + 1)..].Any(t => t != 0) || tokens.Any(t => t < 0 || t >= Pieces.Length))
                    return false;
            }

            return true;
        });
    }

    [Test]
    public void Create_VocabularyWithoutSpecialTokens_TellsEach()
    {
        _folder.File("small.txt", "[PAD]\n[CLS]\na\n");
        var mistakes = Mistakes(() => Create("vocabulary: small.txt"));
        Assert.That(mistakes, Has.Count.EqualTo(2));
        Assert.That(mistakes[0], Does.StartWith("m/1/pipeline.yaml:1: 'vocabulary' cannot be used: the file has no line [UNK]"));
    }

    [TestCase("vocabulary: ../vocab.txt", "outside the version's folder")]
    [TestCase("vocabulary: none.txt", "no such file")]
    [TestCase("vocabulary: twice.txt", "lines 1 and 3 both have 'a'")]
    [TestCase("vocabulary: latin1.txt", "not UTF-8")]
    [TestCase("max_length: 2", "expected a whole number from 3 to 65536")]
    [TestCase("padding: none", "expected longest, max_length")]
    [TestCase("input_ids: ids", "names the model input 'ids', which there is not")]
    [TestCase("attention_mask: input_ids", "the same model input 'input_ids'")]
    [TestCase("lowercased: true", "Did you mean 'lowercase'?")]
    public void Create_WrongOption_TellsWhatIsWrong(string yaml, string expected)
    {
        _folder.File("twice.txt", "a\nb\na\n").File("latin1.txt", [0xE9, 10]);
        Assert.That(string.Join(' ', Mistakes(() => Create(yaml))), Does.Contain(expected));
    }

    [Test]
    public void Create_ModelOfFixedLength_AsksForThatLength()
    {
        var ids = Spec("input_ids", TensorType.Int64, -1, 32);
        var mistakes = Mistakes(() => Preprocessor(new TextWordPieceFactory(), ids, "max_length: 16", _folder));
        Assert.That(mistakes.Single(), Does.Contain("Set max_length: 32 and padding: max_length."));
        var component = Preprocessor(new TextWordPieceFactory(), ids, "{ max_length: 32, padding: max_length }", _folder);
        Assert.That(component.Outputs.Single().Describe(), Is.EqualTo("INT64[-1,32]"));
    }

    [Test]
    public void Create_ModelThatTakesFloats_IsRefused() =>
        Assert.That(
            Mistakes(() => Preprocessor(new TextWordPieceFactory(), Spec("input_ids", TensorType.Float32, -1, -1), "{}", _folder)).Single(),
            Does.Contain("expected an element type of INT64, INT32"));

    private static long[] Tokens(IPreprocessor component, string text)
    {
        using var inputs = new TensorSet().With("text", text);
        using var outputs = component.Process(inputs);
        return outputs.Get("input_ids").AsSpan<long>().ToArray();
    }

    private IPreprocessor Create(string yaml) => Preprocessor(new TextWordPieceFactory(), Ids, yaml, _folder);
}
