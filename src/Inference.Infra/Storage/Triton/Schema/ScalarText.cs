using System.Globalization;
using Inference.Domain;
using Inference.Infra.Storage.Triton.TextFormat;

namespace Inference.Infra.Storage.Triton.Schema;

/// <summary>Reads single values by the type of their field, into the form that every reader of numbers takes.</summary>
internal static class ScalarText
{
    /// <summary>The value; null, with what was expected, where it is none of the type.</summary>
    public static string? Read(TextScalar scalar, FieldSchema field, string type, out string expected)
    {
        expected = string.Empty;
        if (field.Words is { } words)
            return Word(scalar, words, out expected);
        switch (type)
        {
            case "string" or "bytes":
                expected = "a string in quotes.";
                return scalar.Kind == TextTokenKind.Quoted ? scalar.Text : null;
            case "bool":
                expected = "true or false.";
                return Flag(scalar);
            case "float" or "double":
                expected = "a number.";
                return Number(scalar);
            default:
                var (least, most) = Limits(type);
                expected = string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}.");
                return Integer(scalar) is { } value && value >= least && value <= most ? value.ToString(CultureInfo.InvariantCulture) : null;
        }
    }

    private static string? Word(TextScalar scalar, IReadOnlyDictionary<string, int> words, out string expected)
    {
        expected = $"one of {string.Join(", ", words.Keys)}.{NearestName.Hint(scalar.Text, words.Keys)}";
        if (scalar.Kind == TextTokenKind.Word)
            return words.ContainsKey(scalar.Text) ? scalar.Text : null;
        return Integer(scalar) is { } number ? words.FirstOrDefault(w => w.Value == number).Key : null;
    }

    private static string? Flag(TextScalar scalar) => (scalar.Kind, scalar.Text) switch
    {
        (TextTokenKind.Word, "true" or "True" or "t") => "true",
        (TextTokenKind.Word, "false" or "False" or "f") => "false",
        (TextTokenKind.Number, _) when Integer(scalar) is { } number && (number == 0 || number == 1) => number == 1 ? "true" : "false",
        _ => null,
    };

    private static string? Number(TextScalar scalar)
    {
        if (scalar.Kind == TextTokenKind.Quoted)
            return null;
        var text = scalar.Text.TrimStart('-');
        double? value = text.ToUpperInvariant() switch
        {
            "INF" or "INFINITY" => double.PositiveInfinity,
            "NAN" => double.NaN,
            _ when Integer(new TextScalar(scalar.Kind, text, scalar.Location)) is { } whole => (double)whole,
            _ when double.TryParse(text.TrimEnd('f', 'F'), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
        return value is { } found ? (scalar.Text[0] == '-' ? -found : found).ToString("R", CultureInfo.InvariantCulture) : null;
    }

    // Decimal, hexadecimal with 0x, octal with 0.
    private static decimal? Integer(TextScalar scalar)
    {
        if (scalar.Kind != TextTokenKind.Number)
            return null;
        var isNegative = scalar.Text[0] == '-';
        var text = scalar.Text.AsSpan(isNegative ? 1 : 0);
        var radix = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? 16 : text.Length > 1 && text[0] == '0' ? 8 : 10;
        if (radix == 16)
            text = text[2..];
        UInt128 value = 0;
        foreach (var c in text)
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : radix;
            if (digit >= radix || value > ulong.MaxValue)
                return null;
            value = (value * (uint)radix) + (uint)digit;
        }

        if (text.IsEmpty || value > ulong.MaxValue)
            return null;
        return isNegative ? -(decimal)value : (decimal)value;
    }

    private static (decimal Least, decimal Most) Limits(string type) => type switch
    {
        "int32" => (int.MinValue, int.MaxValue),
        "uint32" => (0, uint.MaxValue),
        "uint64" => (0, ulong.MaxValue),
        _ => (long.MinValue, long.MaxValue),
    };
}
