using System.Globalization;
using Inference.Domain;

namespace Inference.Adapters.Cli.Bench.Text;

/// <summary>Reads the levels of a load: <c>8</c>, <c>1,4,16</c>, <c>1:64:8</c> (in steps) or <c>1:64:x2</c> (each twice the last).</summary>
internal static class LevelText
{
    private const int Most = 100;

    /// <summary>The levels, in their order.</summary>
    /// <exception cref="UsageException">They are none, or out of bounds.</exception>
    public static IReadOnlyList<double> Parse(string option, string text, double least, double most, bool isWhole)
    {
        var levels = text.Split(',').SelectMany(part => Part(option, text, part)).Take(Most + 1).ToList();
        if (levels.Count > Most)
            throw new UsageException($"{option} {ErrorText.Quote(text)} has more than {Most} levels; take larger steps.");
        foreach (var level in levels)
        {
            // Written so that what is no number is refused, too.
            if (!(level >= least && level <= most) || (isWhole && level != Math.Floor(level)))
                throw new UsageException(FormattableString.Invariant($"{option} {ErrorText.Quote(text)} holds {level}; expected {(isWhole ? "whole numbers" : "numbers")} from {least} to {most}."));
        }

        return levels;
    }

    private static IEnumerable<double> Part(string option, string text, string part)
    {
        var ends = part.Split(':');
        if (ends.Length > 3)
            throw Wrong(option, text);
        var first = Number(option, text, ends[0]);
        if (ends.Length == 1)
            return [first];
        var isFactor = ends.Length == 3 && ends[2].StartsWith('x');
        var step = ends.Length == 3 ? Number(option, text, isFactor ? ends[2][1..] : ends[2]) : 1;
        var last = Number(option, text, ends[1]);
        return last >= first && step > (isFactor ? 1 : 0) && (first > 0 || !isFactor)
            ? Range(first, last, level => isFactor ? level * step : level + step)
            : throw new UsageException($"{option} {ErrorText.Quote(text)}: a range goes up, FROM:TO:STEP with STEP above 0, or FROM:TO:xFACTOR with FACTOR above 1.");
    }

    private static IEnumerable<double> Range(double first, double last, Func<double, double> next)
    {
        for (var level = first; level <= last; level = next(level))
            yield return level;
    }

    private static double Number(string option, string text, string number) =>
        double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : throw Wrong(option, text);

    private static UsageException Wrong(string option, string text) =>
        new($"{option} {ErrorText.Quote(text)} is no list of levels; write 8, 1,4,16, 1:64:8 (in steps of 8) or 1:64:x2 (each twice the last).");
}
