using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Inference.Infra.Components.Text;

/// <summary>
/// Letters without their accents, as Unicode's canonical decomposition has them. From a table of our own, because .NET
/// without culture data leaves text as it is when it is asked to decompose it. Thread-safe.
/// </summary>
internal static class BaseLetters
{
    private const int FirstSyllable = 0xAC00;
    private const int LastSyllable = 0xD7A3;
    private const int Finals = 28;
    private const int MedialsAndFinals = 21 * Finals;
    private static readonly FrozenDictionary<int, Rune[]> Table = Load();

    /// <summary>
    /// Writes what remains of a letter: itself, its base letter, or for a few scripts the parts that it is made of.
    /// </summary>
    /// <param name="letter">Any but a nonspacing mark, of which nothing would remain.</param>
    /// <param name="rest">Room for three.</param>
    /// <returns>How many were written.</returns>
    public static int Of(Rune letter, Span<Rune> rest)
    {
        rest[0] = letter;
        if (letter.IsAscii)
            return 1;
        if (letter.Value is >= FirstSyllable and <= LastSyllable)
            return Hangul(letter.Value - FirstSyllable, rest);
        if (!Table.TryGetValue(letter.Value, out var bases))
            return 1;
        bases.CopyTo(rest);
        return bases.Length;
    }

    // Korean syllables are made of their parts by arithmetic.
    private static int Hangul(int syllable, Span<Rune> rest)
    {
        rest[0] = new Rune(0x1100 + (syllable / MedialsAndFinals));
        rest[1] = new Rune(0x1161 + (syllable % MedialsAndFinals / Finals));
        if (syllable % Finals == 0)
            return 2;
        rest[2] = new Rune(0x11A7 + (syllable % Finals));
        return 3;
    }

    private static FrozenDictionary<int, Rune[]> Load()
    {
        using var stream = typeof(BaseLetters).Assembly.GetManifestResourceStream("BaseLetters.txt")!;
        using var reader = new StreamReader(stream);
        var table = new Dictionary<int, Rune[]>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            var words = line.Split(' ');
            Rune[] bases = [.. words[0].Split('+').Select(w => new Rune(Hex(w)))];
            foreach (var range in words.Skip(1).Select(w => w.Split('-')))
            {
                for (var letter = Hex(range[0]); letter <= Hex(range[^1]); letter++)
                    table.Add(letter, bases);
            }
        }

        return table.ToFrozenDictionary();
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
