using System.Globalization;
using System.Text;

namespace Inference.Infra.Components.Text;

/// <summary>
/// BERT's tokenisation: words are split at spaces, punctuation and Chinese characters, optionally put into lower case
/// without accents, and each word is split into the longest pieces of the vocabulary. Text is never taken for a special
/// token. Stops when the wanted number of pieces is there, whatever the text's length. Immutable and thread-safe.
/// </summary>
internal sealed class WordPieceEncoder(Vocabulary vocabulary, bool lowercase)
{
    /// <summary>Longest word that is split, in characters; a longer one is unknown.</summary>
    public const int LongestWord = 100;

    /// <summary>Encodes one text.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="ids">Receives the numbers of the pieces, as many as it has room for.</param>
    /// <returns>How many there are.</returns>
    public int Encode(ReadOnlySpan<byte> text, Span<int> ids)
    {
        var word = new Word(stackalloc char[2 * LongestWord]);
        var count = 0;
        Span<Rune> letters = stackalloc Rune[3];
        while (!text.IsEmpty && count < ids.Length)
        {
            Rune.DecodeFromUtf8(text, out letters[0], out var consumed);
            text = text[consumed..];
            if (CharacterClass.IsSpace(letters[0]))
                count += Finish(ref word, ids[count..]);
            else if (!CharacterClass.IsDropped(letters[0]) && !(lowercase && Rune.GetUnicodeCategory(letters[0]) == UnicodeCategory.NonSpacingMark))
                count += Append(ref word, letters[..(lowercase ? BaseLetters.Of(letters[0], letters) : 1)], ids[count..]);
        }

        return count + Finish(ref word, ids[count..]);
    }

    private int Append(ref Word word, ReadOnlySpan<Rune> letters, Span<int> ids)
    {
        var count = 0;
        foreach (var letter in letters)
        {
            var isWord = CharacterClass.IsWordOfItsOwn(letter);
            if (isWord)
                count += Finish(ref word, ids[count..]);
            word.Append(lowercase ? Rune.ToLowerInvariant(letter) : letter);
            if (isWord)
                count += Finish(ref word, ids[count..]);
        }

        return count;
    }

    // Takes the longest piece that fits, again and again; a word with any part that fits nothing is unknown as a whole.
    private int Finish(ref Word word, Span<int> ids)
    {
        var letters = word.Take(out var isUnknown);
        if (letters.IsEmpty || ids.IsEmpty)
            return 0;
        Span<int> pieces = stackalloc int[2 * LongestWord];
        var count = 0;
        for (var start = 0; start < letters.Length && !isUnknown; count++)
        {
            var length = Math.Min(letters.Length - start, vocabulary.LongestPiece);
            while (length > 0 && (pieces[count] = vocabulary.Find(letters.Slice(start, length), continues: start > 0)) < 0)
                length--;
            isUnknown = length == 0;
            start += length;
        }

        if (isUnknown)
            (pieces[0], count) = (vocabulary.Unknown, 1);
        count = Math.Min(count, ids.Length);
        pieces[..count].CopyTo(ids);
        return count;
    }

    private ref struct Word(Span<char> buffer)
    {
        private readonly Span<char> _buffer = buffer;
        private int _length;
        private int _letters;

        public void Append(Rune letter)
        {
            if (_letters++ < LongestWord)
                _length += letter.EncodeToUtf16(_buffer[_length..]);
        }

        public ReadOnlySpan<char> Take(out bool tooLong)
        {
            var taken = _buffer[.._length];
            tooLong = _letters > LongestWord;
            (_length, _letters) = (0, 0);
            return taken;
        }
    }
}
