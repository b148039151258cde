using System.Globalization;

namespace Inference.Services.Infer;

/// <summary>Ids for requests whose client gave none: unique within the process, told apart between processes by their start.</summary>
internal static class RequestIds
{
    private static readonly string Prefix = Guid.NewGuid().ToString("N")[..8];
    private static long _last;

    public static string Next() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}-{Interlocked.Increment(ref _last):x}");
}
