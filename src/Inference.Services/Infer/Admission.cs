using Inference.Core.Lifecycle;
using Inference.Core.Telemetry;
using Inference.Domain;

namespace Inference.Services.Infer;

/// <summary>Decides whether the server takes on one more request. Thread-safe, no lock.</summary>
public sealed class Admission
{
    private static readonly TimeSpan RetryHint = TimeSpan.FromMilliseconds(100);
    private readonly int _limit;
    private readonly IInferenceMetrics _metrics;

    /// <summary>Creates it.</summary>
    /// <param name="maxConcurrentRequests">Requests under way at once; one more is refused.</param>
    /// <param name="metrics">Told of requests under way, and of those refused.</param>
    public Admission(int maxConcurrentRequests, IInferenceMetrics metrics)
    {
        _limit = maxConcurrentRequests;
        _metrics = metrics;
    }

    /// <summary>Takes a request on; disposing of the ticket ends it.</summary>
    /// <exception cref="InferenceException">ShuttingDown, Overloaded.</exception>
    public Ticket Enter(ServerLifecycle lifecycle)
    {
        if (!lifecycle.TryEnter(out var inFlight))
            throw new InferenceException(ErrorCode.ShuttingDown, "the server is stopping and takes no new requests; send it to another replica.");
        if (inFlight > _limit)
        {
            lifecycle.Leave();
            _metrics.RequestRefused(ServerRefusals.Concurrency);
            throw new InferenceException(ErrorCode.Overloaded, $"{_limit} requests are under way, the server's limit (Admission:MaxConcurrentRequests); try again later.")
            {
                RetryAfter = RetryHint,
            };
        }

        _metrics.InFlightChanged(1);
        return new Ticket(lifecycle, _metrics);
    }

    /// <summary>A request that was taken on.</summary>
    public readonly struct Ticket : IDisposable
    {
        private readonly ServerLifecycle _lifecycle;
        private readonly IInferenceMetrics _metrics;

        internal Ticket(ServerLifecycle lifecycle, IInferenceMetrics metrics)
        {
            _lifecycle = lifecycle;
            _metrics = metrics;
        }

        /// <summary>Ends the request.</summary>
        public void Dispose()
        {
            _metrics.InFlightChanged(-1);
            _lifecycle.Leave();
        }
    }
}
