using Inference.Domain.Execution;

namespace Inference.Services.Infer;

/// <summary>What a request that asks for timings is told.</summary>
/// <param name="Queue">From the executor's acceptance to when a lane took it.</param>
/// <param name="Execute">The run of the model.</param>
/// <param name="Total">From decoded request to finished response.</param>
/// <param name="BatchRows">Rows of the run that answered it, its own included.</param>
public sealed record ResponseTimings(TimeSpan Queue, TimeSpan Execute, TimeSpan Total, long BatchRows)
{
    internal static ResponseTimings Of(RequestContext context, TimeProvider time)
    {
        TimeSpan Span(long ticks) => TimeSpan.FromSeconds((double)ticks / time.TimestampFrequency);
        var times = context.Timings;
        return new ResponseTimings(Span(times.Queue), Span(times.Execute), Span(times.Total), context.BatchRows);
    }

    /// <summary>As parameters of the response: whole microseconds and rows.</summary>
    internal IReadOnlyDictionary<string, object> ToParameters() => new Dictionary<string, object>(3, StringComparer.Ordinal)
    {
        ["queue_us"] = (long)Queue.TotalMicroseconds,
        ["execute_us"] = (long)Execute.TotalMicroseconds,
        ["batch_rows"] = BatchRows,
    };
}
