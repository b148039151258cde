using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Triton.TextFormat;

namespace Inference.Infra.Tests.Storage.Triton.TextFormat;

[TestFixture]
internal sealed class TextParserTests
{
    [TestCase("a: 1", "a:1")]
    [TestCase("a:1 b :2", "a:1 b:2")]
    [TestCase("a: 1, b: 2; c: 3", "a:1 b:2 c:3")]
    [TestCase("# first\na: 1 # rest\n#last", "a:1")]
    [TestCase("a { b: 1 }", "a{b:1}")]
    [TestCase("a: { b: 1 }", "a{b:1}")]
    [TestCase("a < b: 1; >", "a{b:1}")]
    [TestCase("a { b < c { } > }", "a{b{c{}}}")]
    [TestCase("a: [1, 2,3]", "a:[1 2 3]")]
    [TestCase("a [ { b: 1 }, < b: 2 > ]", "a:[{b:1} {b:2}]")]
    [TestCase("a: []", "a:[]")]
    [TestCase("a: [ 1, ]", "a:[1]")]
    [TestCase("a: -5 b: - 6", "a:-5 b:-6")]
    [TestCase("a: 0x1F b: 017 c: 1.5f d: .5 e: 1. f: 1e-3F g: -inf", "a:0x1F b:017 c:1.5f d:.5 e:1. f:1e-3F g:-inf")]
    [TestCase("a: KIND_CPU b: true", "a:KIND_CPU b:true")]
    [TestCase("a: \"x\" 'y'\n\"z\"", "a:\"xyz\"")]
    [TestCase("a: 'it''s' b: \"say \\\"no\\\"\"", "a:\"its\" b:\"say \"no\"\"")]
    [TestCase("a: '\\n\\t\\\\\\?\\'\\x41\\101\\u00e9\\U0001F600'", "a:\"\n\t\\?'AAé😀\"")]
    [TestCase("a: '\\303\\251é'", "a:\"éé\"")]
    [TestCase("[some.package/Name]: 1", "[some.package/Name]:1")]
    [TestCase("", "")]
    [TestCase("\r\n\t\v\f # nothing", "")]
    public void Parse_Forms_AreRead(string text, string expected) => Assert.That(Show(TextParser.Parse(text, "f").Fields), Is.EqualTo(expected));

    [TestCase("a", "f:1:2: expected ':' and a value, or '{', after 'a'; found the end of the file.")]
    [TestCase("a 1", "f:1:3: expected ':' and a value, or '{', after 'a'; found '1'.")]
    [TestCase("a:\n  ]", "f:2:3: expected a value: a number, a word, a string in quotes, '{' or '['; found ']'.")]
    [TestCase("a: { b: 1", "f:1:10: expected a field, or '}'; found the end of the file.")]
    [TestCase("a { b: 1 >", "f:1:10: expected the name of a field; found '>'.")]
    [TestCase("}", "f:1:1: expected the name of a field; found '}'.")]
    [TestCase("1: 2", "f:1:1: expected the name of a field; found '1'.")]
    [TestCase("a: [1 2]", "f:1:7: expected ',' or ']'; found '2'.")]
    [TestCase("a: [[1]]", "f:1:5: expected a value; lists hold no lists; found '['.")]
    [TestCase("a: 'x\n'", "f:1:4: the string is not closed on its line; end it with ', and write a line break in it as \\n.")]
    [TestCase("a: \"x", "f:1:4: the string is not closed on its line; end it with \", and write a line break in it as \\n.")]
    [TestCase("a: 'x\\q'", "f:1:6: '\\q' is no escape; write a backslash as \\\\.")]
    [TestCase("a: '\\xg'", "f:1:5: an escape in the string lacks digits; expected such as \\x41, \\101, \\u0041 or \\U00000041.")]
    [TestCase("a: '\\uD800'", "f:1:5: the escape is no Unicode character.")]
    [TestCase("a: '\\377'", "f:1:4: the escapes of the string are not UTF-8; expected text.")]
    [TestCase("a: 12abc", "f:1:4: '12a' is neither a number nor a word; put a space between them.")]
    [TestCase("a: -'x'", "f:1:5: expected a value: a number, a word, a string in quotes, '{' or '['; found the string 'x'.")]
    [TestCase("[a: 1", "f:1:3: expected ']'; found ':'.")]
    public void Parse_Mistake_TellsFileLineColumnAndWhatWasExpected(string text, string expected) =>
        Assert.That(Assert.Throws<ManifestException>(() => TextParser.Parse(text, "f"))!.Message, Is.EqualTo(expected));

    [TestCase("a{")]
    [TestCase("a:[{")]
    [TestCase("a<")]
    public void Parse_DeepNesting_IsRefused(string level)
    {
        var text = string.Concat(Enumerable.Repeat(level, 100_000));
        Assert.That(Assert.Throws<ManifestException>(() => TextParser.Parse(text, "f"))!.Message, Does.Contain("nested more than 32 levels deep"));
    }

    [CancelAfter(60_000)]
    [TestCase("[a.", "")]
    [TestCase("a:''", " ")]
    [TestCase("''", "")]
    [TestCase("\\", "")]
    [TestCase("a:1\n", "")]
    [TestCase("1", "")]
    public void Parse_AMegabyteOfOneThing_EndsSoon(string part, string between, CancellationToken timeout)
    {
        var text = string.Join(between, Enumerable.Repeat(part, (1 << 20) / (part.Length + between.Length)));
        Assert.That(Task.Run(() => Outcome(text), timeout).Wait(TimeSpan.FromSeconds(15), timeout), Is.True);
    }

    private static string Outcome(string text)
    {
        try
        {
            return TextParser.Parse(text, "f").Fields.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (ManifestException e)
        {
            return e.Message;
        }
    }

    private static string Show(IEnumerable<TextField> fields) => string.Join(' ', fields.Select(f => f.Name + (f.Value is TextMessage ? string.Empty : ":") + Show(f.Value)));

    private static string Show(TextValue value) => value switch
    {
        TextMessage message => $"{{{Show(message.Fields)}}}",
        TextList list => $"[{string.Join(' ', list.Items.Select(Show))}]",
        TextScalar { Kind: TextTokenKind.Quoted } quoted => $"\"{quoted.Text}\"",
        TextScalar scalar => scalar.Text,
        _ => throw new NotSupportedException(),
    };
}
