using Grpc.Core;

namespace Inference.Adapters.Cli.Bench.Measure;

/// <summary>How often calls ended with each gRPC status. Safe from any number of threads.</summary>
internal sealed class StatusCounts
{
    private readonly long[] _counts = new long[(int)StatusCode.Unauthenticated + 1];

    public long this[StatusCode status] => Volatile.Read(ref _counts[(int)status]);

    public long Total => _counts.Sum();

    /// <summary>Those that occurred.</summary>
    public IEnumerable<(StatusCode Status, long Count)> Seen => _counts.Index().Where(c => c.Item > 0).Select(c => ((StatusCode)c.Index, c.Item));

    public void Add(StatusCode status) => Interlocked.Increment(ref _counts[(int)status]);

    /// <summary>The statuses that occurred, such as OK:10 Internal:1.</summary>
    public override string ToString() => string.Join(' ', Seen.Select(c => $"{c.Status}:{c.Count}"));
}
