using Microsoft.AspNetCore.Http;

namespace Inference.Adapters.Grpc.Calls.Direct;

/// <summary>The header <c>grpc-timeout</c>: one to eight digits and a unit.</summary>
internal static class CallTimeout
{
    /// <summary>Name of the header.</summary>
    public const string Header = "grpc-timeout";

    private const int MostDigits = 8;

    // Timers do not take much more; who waits so long is in no hurry, and the library takes care of it.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary>
    /// Takes a value of more digits than there may be off the request: the library fails on the largest of them, and takes all
    /// others that cannot be read for no deadline.
    /// </summary>
    public static void DropOverlong(IHeaderDictionary headers)
    {
        if (headers.TryGetValue(Header, out var text) && text.ToString().Length > MostDigits + 1)
            headers.Remove(Header);
    }

    /// <summary>Reads a value; false for one that has another form, is not positive or longer than thirty days.</summary>
    public static bool TryParse(string? text, out TimeSpan timeout)
    {
        timeout = default;
        if (text is not { Length: > 1 and <= MostDigits + 1 })
            return false;
        long number = 0;
        foreach (var digit in text.AsSpan(0, text.Length - 1))
        {
            if (!char.IsAsciiDigit(digit))
                return false;
            number = (number * 10) + (digit - '0');
        }

        long ticks = text[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 0,
            _ => -1,
        };
        if (ticks < 0)
            return false;
        timeout = new TimeSpan(ticks == 0 ? number / TimeSpan.NanosecondsPerTick : number * ticks);
        return timeout > TimeSpan.Zero && timeout <= Longest;
    }
}
