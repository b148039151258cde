using System.Text;
using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.TextFormat;

/// <summary>Collects a quoted string. Escapes stand for bytes, which together must be UTF-8.</summary>
internal sealed class QuotedText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly List<byte> _bytes = [];
    private readonly StringBuilder _plain = new();

    /// <summary>The byte of an escape of one letter.</summary>
    /// <exception cref="ManifestException">There is no such escape.</exception>
    public static int Simple(char kind, SourceLocation at) => kind switch
    {
        'a' => '\a',
        'b' => '\b',
        'f' => '\f',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\v',
        '\\' or '\'' or '"' or '?' => kind,
        _ => throw new ManifestException([$"{at}: {ErrorText.Quote("\\" + kind)} is no escape; write a backslash as \\\\."]),
    };

    /// <summary>A character that stands for itself.</summary>
    public void Add(char c) => _plain.Append(c);

    /// <summary>A byte.</summary>
    public void AddByte(int value)
    {
        Flush();
        _bytes.Add((byte)value);
    }

    /// <summary>A code point.</summary>
    /// <exception cref="ManifestException">It is none.</exception>
    public void AddRune(int value, SourceLocation at) =>
        Add(Rune.IsValid(value) ? new Rune(value) : throw new ManifestException([$"{at}: the escape is no Unicode character."]));

    /// <summary>The whole.</summary>
    /// <exception cref="ManifestException">It is not UTF-8.</exception>
    public string Finish(SourceLocation start)
    {
        if (_bytes.Count == 0)
            return _plain.ToString();
        Flush();
        try
        {
            return Strict.GetString([.. _bytes]);
        }
        catch (DecoderFallbackException)
        {
            throw new ManifestException([$"{start}: the escapes of the string are not UTF-8; expected text."]);
        }
    }

    private void Add(Rune rune) => _plain.Append(rune.ToString());

    private void Flush()
    {
        _bytes.AddRange(Encoding.UTF8.GetBytes(_plain.ToString()));
        _plain.Clear();
    }
}
