using System.Globalization;
using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Manifests;

/// <summary>Reads durations such as <c>200us</c>, <c>5ms</c> or <c>1.5s</c>.</summary>
internal static class DurationOption
{
    private const string Expected = "expected a number with its unit, such as 200us, 5ms or 1.5s, from 1us to 3600s, or 0 for none";
    private static readonly TimeSpan Shortest = TimeSpan.FromMicroseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private static readonly (string Name, decimal Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>A duration; <paramref name="fallback"/> where the key is absent or its value is none, which is then reported.</summary>
    public static TimeSpan Duration(this OptionReader section, string key, TimeSpan fallback)
    {
        var text = section.Text(key, string.Empty);

        // A list or section in its place has been reported by Text.
        if (section.Find(key) is not { Kind: OptionKind.Scalar })
            return fallback;
        if (TryParse(text, out var duration))
            return duration;
        section.Error(key, $"is {ErrorText.Quote(text)}; {Expected}.");
        return fallback;
    }

    private static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0")
            return true;
        foreach (var (name, ticks) in Units)
        {
            if (text.EndsWith(name, StringComparison.Ordinal)
                && decimal.TryParse(text.AsSpan(0, text.Length - name.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                && value <= Longest.Ticks / ticks)
            {
                duration = TimeSpan.FromTicks((long)(value * ticks));
                return value == 0 || duration >= Shortest;
            }
        }

        return false;
    }
}
