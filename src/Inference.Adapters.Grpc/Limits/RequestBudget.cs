using Inference.Core.Telemetry;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Limits;

/// <summary>The bytes that all inference requests together may hold, from their first byte to the end of the call. Thread-safe, no lock.</summary>
internal sealed class RequestBudget(GrpcAdapterOptions options, IInferenceMetrics metrics)
{
    private static readonly TimeSpan RetryHint = TimeSpan.FromMilliseconds(100);
    private long _taken;

    /// <summary>Bytes that are taken now.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Takes bytes for a request that holds <paramref name="held"/> already. One that is alone may have any number.</summary>
    /// <exception cref="InferenceException">Overloaded; nothing is taken then.</exception>
    public void Take(long bytes, long held)
    {
        var taken = Interlocked.Add(ref _taken, bytes);
        if (taken <= options.MaxRequestBytes || taken == bytes + held)
            return;
        Give(bytes);
        metrics.RequestRefused(ServerRefusals.RequestBytes);
        throw new InferenceException(
            ErrorCode.Overloaded,
            $"the requests under way hold {taken - bytes} bytes and this one needs {bytes} more; the server takes {options.MaxRequestBytes} in all (Admission:MaxRequestBytes). Try again later.")
        {
            RetryAfter = RetryHint,
        };
    }

    /// <summary>Gives bytes back.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
