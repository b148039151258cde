using System.Globalization;
using System.Text;
using CsCheck;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Triton.TextFormat;

namespace Inference.Infra.Tests.Storage.Triton.TextFormat;

[TestFixture]
internal sealed class TextParserPropertyTests
{
    private static readonly SourceLocation Nowhere = new("f", 0);

    private static readonly Gen<TextValue> Scalar = Gen.OneOf(
        Gen.String.Select(s => (TextValue)new TextScalar(TextTokenKind.Quoted, Valid(s), Nowhere)),
        Gen.Long.Select(n => (TextValue)new TextScalar(TextTokenKind.Number, n.ToString(CultureInfo.InvariantCulture), Nowhere)),
        Gen.OneOf("TYPE_FP32", "true", "_x9").Select(w => (TextValue)new TextScalar(TextTokenKind.Word, w, Nowhere)));

    private static readonly Gen<TextMessage> Message = Messages(3);

    [Test]
    public void Parse_AnyTreeInAnyStyle_IsReadAsItWas() =>
        Gen.Select(Message, Gen.Int).Sample((message, seed) =>
        {
            var text = new Writer(new Random(seed)).Write(message);
            Assert.That(Flat(TextParser.Parse(text, "f")), Is.EqualTo(Flat(message)), text);
        });

    [Test]
    public void Parse_AnyText_IsReadOrRefusedWithItsPlace() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char[" \n\"'\\{}<>[]:;,#-.axf01"], 0, 60]).Sample(text =>
        {
            try
            {
                TextParser.Parse(text, "f");
            }
            catch (ManifestException e)
            {
                Assert.That(e.Message, Does.Match(@"^f:\d+:\d+: "));
            }
        }, iter: 20_000);

    private static Gen<TextMessage> Messages(int depth)
    {
        var value = depth == 0
            ? Scalar
            : Gen.OneOf(Scalar, Messages(depth - 1).Select(m => (TextValue)m), Gen.OneOf(Scalar, Messages(depth - 1).Select(m => (TextValue)m)).List[0, 3].Select(l => (TextValue)new TextList(l, Nowhere)));
        return Gen.Select(Gen.OneOf("name", "input", "a_1", "X"), value, (n, v) => new TextField(n, v, Nowhere)).List[0, 4].Select(f => new TextMessage(f, Nowhere));
    }

    // Text files hold no half of a pair.
    private static string Valid(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);

    private static string Flat(TextValue value) => value switch
    {
        TextMessage message => $"{{{string.Concat(message.Fields.Select(f => $"{f.Name}={Flat(f.Value)};"))}}}",
        TextList list => $"[{string.Concat(list.Items.Select(i => $"{Flat(i)},"))}]",
        TextScalar scalar => $"{scalar.Kind}:{scalar.Text}",
        _ => throw new NotSupportedException(),
    };

    // Writes each thing in one of the ways that there are.
    private sealed class Writer(Random random)
    {
        private readonly StringBuilder _text = new();

        public string Write(TextMessage message)
        {
            Fields(message);
            return _text.ToString();
        }

        private void Fields(TextMessage message)
        {
            foreach (var field in message.Fields)
            {
                _text.Append(Space()).Append(field.Name).Append(Space());
                _text.Append(field.Value is TextScalar || random.Next(2) == 0 ? ":" : string.Empty).Append(Space());
                Value(field.Value);
                _text.Append(Pick(" ", ",", ";", "\n"));
            }
        }

        private void Value(TextValue value)
        {
            switch (value)
            {
                case TextMessage message:
                    var braces = random.Next(2) == 0;
                    _text.Append(braces ? '{' : '<');
                    Fields(message);
                    _text.Append(Space()).Append(braces ? '}' : '>');
                    break;
                case TextList list:
                    _text.Append('[');
                    for (var i = 0; i < list.Items.Count; i++)
                    {
                        _text.Append(i > 0 ? "," : string.Empty).Append(Space());
                        Value(list.Items[i]);
                        _text.Append(Space());
                    }

                    _text.Append(']');
                    break;
                case TextScalar { Kind: TextTokenKind.Quoted } quoted:
                    Quoted(quoted.Text);
                    break;
                case TextScalar scalar:
                    _text.Append(scalar.Text);
                    break;
            }
        }

        private void Quoted(string text)
        {
            var half = random.Next(text.Length + 1);
            Part(text[..half]);
            _text.Append(Space());
            Part(text[half..]);
        }

        private void Part(string text)
        {
            var quote = Pick("'", "\"");
            _text.Append(quote);
            foreach (var rune in text.EnumerateRunes())
            {
                if (rune.Value < ' ' || random.Next(4) == 0)
                    _text.Append(Escape(rune));
                else
                    _text.Append(rune.Value is '\\' or '"' or '\'' ? "\\" : string.Empty).Append(rune.ToString());
            }

            _text.Append(quote);
        }

        private string Escape(Rune rune) => random.Next(3) switch
        {
            0 when rune.Value <= 0xFFFF => $"\\u{rune.Value:x4}",
            1 => string.Concat(Encoding.UTF8.GetBytes(rune.ToString()).Select(b => "\\" + Convert.ToString(b, 8).PadLeft(3, '0'))),
            _ => $"\\U{rune.Value:X8}",
        };

        private string Space() => Pick(" ", "\n", "\t", " # a comment\n");

        private string Pick(params string[] choices) => choices[random.Next(choices.Length)];
    }
}
