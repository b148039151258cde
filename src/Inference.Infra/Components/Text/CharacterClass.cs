using System.Globalization;
using System.Text;

namespace Inference.Infra.Components.Text;

/// <summary>The classes of characters by which BERT splits text into words.</summary>
internal static class CharacterClass
{
    /// <summary>Separates words and is no part of any.</summary>
    public static bool IsSpace(Rune letter) =>
        letter.Value is ' ' or '\t' or '\n' or '\r'
        || (!letter.IsAscii && Rune.GetUnicodeCategory(letter) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    /// <summary>Is left out without separating: control and format characters and those that are not assigned.</summary>
    public static bool IsDropped(Rune letter) =>
        letter == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(letter) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned;

    /// <summary>Is a word alone: punctuation, symbols of ASCII, and Chinese characters.</summary>
    public static bool IsWordOfItsOwn(Rune letter)
    {
        if (letter.IsAscii)
            return !char.IsAsciiLetterOrDigit((char)letter.Value) && letter.Value > ' ';
        return IsIdeograph(letter.Value) || Rune.GetUnicodeCategory(letter) is
            UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
            or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation
            or UnicodeCategory.OtherPunctuation;
    }

    private static bool IsIdeograph(int code) => code
        is (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x20000 and <= 0x2CEAF) or (>= 0x2F800 and <= 0x2FA1F);
}
