using System.Diagnostics.CodeAnalysis;
using Inference.Core.Lifecycle;
using Inference.Core.Telemetry;
using Inference.Domain;

namespace Inference.Services.Infer;

/// <summary>
/// Decides whether the server takes on one more request. Thread-safe; takes a lock only where requests of streams wait.
/// </summary>
public sealed class Admission
{
    private static readonly TimeSpan RetryHint = TimeSpan.FromMilliseconds(100);
    private readonly int _limit;
    private readonly IInferenceMetrics _metrics;
    private readonly AdmissionQueue _queue = new();

    // Never above the limit, not even for a moment: one that waits must be able to trust that somebody will leave.
    private int _taken;

    /// <summary>Creates it.</summary>
    /// <param name="maxConcurrentRequests">Requests under way at once; one more is refused, or waits.</param>
    /// <param name="metrics">Told of requests under way, and of those refused.</param>
    public Admission(int maxConcurrentRequests, IInferenceMetrics metrics)
    {
        _limit = maxConcurrentRequests;
        _metrics = metrics;
    }

    /// <summary>Takes a request on or refuses it; disposing of the ticket ends it.</summary>
    /// <param name="lifecycle">Counts it in.</param>
    /// <param name="ticket">The right to go on, where it is taken on.</param>
    /// <param name="refusal">ShuttingDown or Overloaded, where it is not.</param>
    public bool TryEnter(ServerLifecycle lifecycle, out Ticket ticket, [NotNullWhen(false)] out InferenceException? refusal)
    {
        ticket = default;
        refusal = null;
        if (!lifecycle.TryEnter())
        {
            refusal = new InferenceException(ErrorCode.ShuttingDown, "the server is stopping and takes no new requests; send it to another replica.");
        }
        else if (!TryTake())
        {
            lifecycle.Leave();
            _metrics.RequestRefused(ServerRefusals.Concurrency);
            refusal = new InferenceException(ErrorCode.Overloaded, $"{_limit} requests are under way, the server's limit (Admission:MaxConcurrentRequests); try again later.")
            {
                RetryAfter = RetryHint,
            };
        }
        else
        {
            ticket = Admit(lifecycle);
        }

        return refusal is null;
    }

    /// <summary>
    /// Takes a request of a stream on, which waits where the limit is reached, first come, first served. One that waits, or was
    /// read when the server began to drain, is still taken on: it came before that.
    /// </summary>
    /// <exception cref="InferenceException">ShuttingDown.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while it waited.</exception>
    public async ValueTask<Ticket> EnterAsync(ServerLifecycle lifecycle, CancellationToken cancellation)
    {
        if (!lifecycle.TryEnterRead())
            throw new InferenceException(ErrorCode.ShuttingDown, "the server is stopping and takes no new requests; send it to another replica.");
        if (!TryTake())
            await WaitAsync(lifecycle, cancellation).ConfigureAwait(false);
        return Admit(lifecycle);
    }

    private bool TryTake()
    {
        var taken = Volatile.Read(ref _taken);
        while (taken < _limit)
        {
            var seen = Interlocked.CompareExchange(ref _taken, taken + 1, taken);
            if (seen == taken)
                return true;
            taken = seen;
        }

        return false;
    }

    private async Task WaitAsync(ServerLifecycle lifecycle, CancellationToken cancellation)
    {
        var place = _queue.Join();

        // Whoever left before the place was there did not see it.
        Serve();
        try
        {
            await place.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Served at the same moment: the place in the server goes to the next.
            if (!place.TrySetCanceled(cancellation))
                GiveBack();
            lifecycle.Leave();
            throw;
        }
    }

    private Ticket Admit(ServerLifecycle lifecycle)
    {
        _metrics.InFlightChanged(1);
        return new Ticket(this, lifecycle);
    }

    private void GiveBack()
    {
        Interlocked.Decrement(ref _taken);
        Serve();
    }

    private void Serve()
    {
        while (_queue.HasWaiting && TryTake())
        {
            if (_queue.TryServe())
                continue;
            Interlocked.Decrement(ref _taken);
        }
    }

    /// <summary>A request that was taken on.</summary>
    public readonly struct Ticket : IDisposable
    {
        private readonly Admission _admission;
        private readonly ServerLifecycle _lifecycle;

        internal Ticket(Admission admission, ServerLifecycle lifecycle)
        {
            _admission = admission;
            _lifecycle = lifecycle;
        }

        /// <summary>Ends the request.</summary>
        public void Dispose()
        {
            _admission._metrics.InFlightChanged(-1);
            _lifecycle.Leave();
            _admission.GiveBack();
        }
    }
}
