using System.Globalization;
using Inference.Domain;

namespace Inference.Adapters.Cli.Bench.Text;

/// <summary>Lengths of time as people write and read them: a number and a unit.</summary>
internal static class TimeText
{
    private static readonly (string Unit, double Seconds)[] Units = [("us", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>The time.</summary>
    /// <exception cref="UsageException">It is none, or out of bounds.</exception>
    public static TimeSpan Parse(string option, string text, TimeSpan least, TimeSpan most)
    {
        var unit = Array.FindIndex(Units, u => text.EndsWith(u.Unit, StringComparison.Ordinal) && double.TryParse(text[..^u.Unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _));
        if (unit >= 0)
        {
            var seconds = double.Parse(text[..^Units[unit].Unit.Length], CultureInfo.InvariantCulture) * Units[unit].Seconds;
            if (seconds >= least.TotalSeconds && seconds <= most.TotalSeconds)
                return TimeSpan.FromSeconds(seconds);
        }

        throw new UsageException($"{option} {ErrorText.Quote(text)} is not a time from {Write(least.TotalMicroseconds)} to {Write(most.TotalMicroseconds)}; write a number and a unit (us, ms, s, m, h), such as 20ms or 1.5s.");
    }

    /// <summary>Microseconds with three digits that count and a unit; a dash for none.</summary>
    public static string Write(double microseconds) => microseconds switch
    {
        double.NaN => "-",
        >= 1e6 => Digits(microseconds / 1e6) + " s",
        >= 1e3 => Digits(microseconds / 1e3) + " ms",
        _ => Digits(microseconds) + " us",
    };

    private static string Digits(double value) => value.ToString(value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture).Replace(".00", string.Empty, StringComparison.Ordinal);
}
