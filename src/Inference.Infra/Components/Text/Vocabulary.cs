using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Components.Text;

/// <summary>Numbered word pieces of a BERT vocabulary: one a line, numbered from 0. Immutable and thread-safe.</summary>
internal sealed class Vocabulary
{
    private const string Continuation = "##";
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _beginnings;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _continuations;

    private Vocabulary(Dictionary<string, int> pieces)
    {
        var continuations = pieces
            .Where(p => p.Key.StartsWith(Continuation, StringComparison.Ordinal))
            .ToDictionary(p => p.Key[Continuation.Length..], p => p.Value, StringComparer.Ordinal);
        _beginnings = pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        _continuations = continuations.GetAlternateLookup<ReadOnlySpan<char>>();
        LongestPiece = pieces.Keys.Max(p => p.Length);
        Pad = pieces["[PAD]"];
        Unknown = pieces["[UNK]"];
        Begin = pieces["[CLS]"];
        End = pieces["[SEP]"];
    }

    /// <summary>Fills up short rows.</summary>
    public int Pad { get; }

    /// <summary>Stands for a word that has a part without a piece.</summary>
    public int Unknown { get; }

    /// <summary>Begins every row.</summary>
    public int Begin { get; }

    /// <summary>Ends every row.</summary>
    public int End { get; }

    /// <summary>Characters of the longest piece.</summary>
    public int LongestPiece { get; }

    /// <summary>The vocabulary of these lines; null, with the mistakes noted, where they are none.</summary>
    public static Vocabulary? Read(IReadOnlyList<string> lines, OptionReader options, string key)
    {
        var pieces = new Dictionary<string, int>(lines.Count, StringComparer.Ordinal);
        var complete = true;
        for (var i = 0; i < lines.Count; i++)
        {
            // An empty line keeps its number, but no text can be split into it.
            if (lines[i].Length == 0 || pieces.TryAdd(lines[i], i))
                continue;
            options.Error(key, $"cannot be used: lines {pieces[lines[i]] + 1} and {i + 1} both have {ErrorText.Quote(lines[i])}; each piece may stand once.");
            return null;
        }

        foreach (var special in (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
        {
            if (pieces.ContainsKey(special))
                continue;
            options.Error(key, $"cannot be used: the file has no line {special}, which every BERT vocabulary has.");
            complete = false;
        }

        return complete ? new Vocabulary(pieces) : null;
    }

    /// <summary>The number of a piece that begins a word, or continues one; -1 where there is none.</summary>
    public int Find(ReadOnlySpan<char> piece, bool continues) =>
        (continues ? _continuations : _beginnings).TryGetValue(piece, out var number) ? number : -1;
}
