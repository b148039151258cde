using Grpc.Core;

namespace Inference.Benchmarks.Load.Measure;

/// <summary>How often calls ended with each gRPC status. Safe from any number of threads.</summary>
internal sealed class StatusCounts
{
    private readonly int[] counts = new int[(int)StatusCode.Unauthenticated + 1];

    public int this[StatusCode status] => Volatile.Read(ref counts[(int)status]);

    public int Total => counts.Sum();

    public void Add(StatusCode status) => Interlocked.Increment(ref counts[(int)status]);

    /// <summary>Fails the report if a status stands there other than those that the load calls for.</summary>
    public void Check(Report report, string what, params ReadOnlySpan<StatusCode> expected)
    {
        for (var status = 0; status < counts.Length; status++)
        {
            if (counts[status] > 0 && !expected.Contains((StatusCode)status))
                report.Fail($"{counts[status]} of {Total} calls of {what} ended with {(StatusCode)status}.");
        }
    }

    /// <summary>The statuses that occurred, such as OK:10 Internal:1.</summary>
    public override string ToString() =>
        string.Join(' ', counts.Index().Where(c => c.Item > 0).Select(c => $"{(StatusCode)c.Index}:{c.Item}"));
}
