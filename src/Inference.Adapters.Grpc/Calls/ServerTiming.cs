using System.Globalization;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>How long an answer took, as trailing metadata in the form of HTTP's Server-Timing; milliseconds.</summary>
internal static class ServerTiming
{
    /// <summary>Name of the trailer.</summary>
    public const string Key = "server-timing";

    /// <summary>Its value.</summary>
    public static string Of(ResponseTimings timings) => string.Create(
        CultureInfo.InvariantCulture,
        $"queue;dur={timings.Queue.TotalMilliseconds:0.###}, execute;dur={timings.Execute.TotalMilliseconds:0.###}, total;dur={timings.Total.TotalMilliseconds:0.###}");
}
