using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.TextFormat;

/// <summary>Cuts a text in Protobuf's text format into tokens. Comments begin with <c>#</c> and end with their line.</summary>
/// <param name="text">The content.</param>
/// <param name="file">How locations name the file.</param>
internal sealed class TextTokenizer(string text, string file)
{
    private int _position;
    private int _line = 1;
    private int _lineStart;

    private SourceLocation Here => new(file, _line) { Column = _position - _lineStart + 1 };

    private char Current => Peek(0);

    /// <summary>The next token; the end again and again once it is reached.</summary>
    /// <exception cref="ManifestException">What is wrong, with file, line and column.</exception>
    public TextToken Next()
    {
        SkipSpace();
        var start = Here;
        if (_position >= text.Length)
            return new TextToken(TextTokenKind.End, string.Empty, start);
        if (IsLetter(Current))
            return new TextToken(TextTokenKind.Word, Take(c => IsLetter(c) || char.IsAsciiDigit(c)), start);
        if (char.IsAsciiDigit(Current) || (Current == '.' && char.IsAsciiDigit(Peek(1))))
            return new TextToken(TextTokenKind.Number, Number(start), start);
        if (Current is '"' or '\'')
            return new TextToken(TextTokenKind.Quoted, Quoted(start), start);
        return new TextToken(TextTokenKind.Symbol, text[_position++].ToString(), start);
    }

    private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_';

    private char Peek(int ahead) => _position + ahead < text.Length ? text[_position + ahead] : '\0';

    private void SkipSpace()
    {
        for (; _position < text.Length; _position++)
        {
            if (Current == '#')
                Take(c => c != '\n');
            if (Current == '\n')
                (_line, _lineStart) = (_line + 1, _position + 1);
            else if (Current is not (' ' or '\t' or '\r' or '\v' or '\f'))
                return;
        }
    }

    private string Take(Func<char, bool> part)
    {
        var start = _position;
        while (_position < text.Length && part(text[_position]))
            _position++;
        return text[start.._position];
    }

    // Taken generously and read where it is known what it must be.
    private string Number(SourceLocation start)
    {
        var number = text.AsSpan(_position).StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? Take(char.IsAsciiLetterOrDigit)
            : Take(c => char.IsAsciiDigit(c) || c == '.');
        if (Current is 'e' or 'E')
        {
            number += text[_position++];
            if (Current is '+' or '-')
                number += text[_position++];
            number += Take(char.IsAsciiDigit);
        }

        if (Current is 'f' or 'F')
            number += text[_position++];
        return IsLetter(Current)
            ? throw new ManifestException([$"{start}: {ErrorText.Quote(number + Current)} is neither a number nor a word; put a space between them."])
            : number;
    }

    private string Quoted(SourceLocation start)
    {
        var quote = text[_position++];
        var content = new QuotedText();
        while (true)
        {
            var at = Here;
            if (_position >= text.Length || Current == '\n')
                throw new ManifestException([$"{start}: the string is not closed on its line; end it with {quote}, and write a line break in it as \\n."]);
            var c = text[_position++];
            if (c == quote)
                return content.Finish(start);
            if (c == '\\')
                Escape(content, at);
            else
                content.Add(c);
        }
    }

    private void Escape(QuotedText content, SourceLocation at)
    {
        var kind = Current;
        _position++;
        switch (kind)
        {
            case >= '0' and <= '7':
                _position--;
                content.AddByte(Digits(8, 3, at));
                break;
            case 'x' or 'X':
                content.AddByte(Digits(16, 2, at));
                break;
            case 'u':
                content.AddRune(Digits(16, 4, at), at);
                break;
            case 'U':
                content.AddRune(Digits(16, 8, at), at);
                break;
            default:
                content.AddByte(QuotedText.Simple(kind, at));
                break;
        }
    }

    private int Digits(int radix, int most, SourceLocation at)
    {
        var (value, count) = (0L, 0);
        for (; count < most && char.IsAsciiHexDigit(Current); count++, _position++)
        {
            var digit = Convert.ToInt32(Current.ToString(), 16);
            if (digit >= radix)
                break;
            value = (value * radix) + digit;
        }

        // Code points have all their digits.
        return count == 0 || (most > 3 && count < most)
            ? throw new ManifestException([$"{at}: an escape in the string lacks digits; expected such as \\x41, \\101, \\u0041 or \\U00000041."])
            : (int)Math.Min(value, int.MaxValue);
    }
}
