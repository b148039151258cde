using Inference.Domain.SharedMemory;

namespace Inference.Domain.Execution;

/// <summary>
/// What travels with one request from the service to the executor. Made by the service for each request; the limits are set
/// once, the timings are filled in on the way. Not thread-safe: one stage at a time has it.
/// </summary>
public sealed class RequestContext
{
    /// <summary>Creates a context without a deadline.</summary>
    public RequestContext(string requestId, CancellationToken cancellation)
    {
        RequestId = requestId;
        Cancellation = cancellation;
    }

    /// <summary>The client's id, or a generated one; for logs and spans.</summary>
    public string RequestId { get; }

    /// <summary>Cancelled when the caller goes away.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>
    /// When the answer is worth nothing any more, as a timestamp of <see cref="TimeProvider.GetTimestamp"/>;
    /// <see cref="long.MaxValue"/> for never.
    /// </summary>
    public long Deadline { get; init; } = long.MaxValue;

    /// <summary>When waiting for a lane ends in DeadlineExceeded, as a timestamp; <see cref="long.MaxValue"/> for never.</summary>
    public long QueueDeadline { get; init; } = long.MaxValue;

    /// <summary>1 is the highest; 0 is the model's default.</summary>
    public ulong Priority { get; init; }

    /// <summary>Waits for room in a full queue instead of being refused: for streams, whose client is then slowed down.</summary>
    public bool WaitsForRoom { get; init; }

    /// <summary>Where outputs of the model are wanted; a hint, since only a run of the request alone can write them there.</summary>
    public IReadOnlyList<OutputPlace> Places { get; set; } = [];

    /// <summary>Shares no run: what it would cost to put its inputs together with others' is more than a shared run saves.</summary>
    public bool RunsAlone { get; set; }

    /// <summary>Rows of the run that answered it, its own included; of the largest where it was split. 0 until then.</summary>
    public long BatchRows { get; set; }

    /// <summary>Rows of the request; set by the model, 1 where it has no batch axis.</summary>
    public long Rows { get; set; } = 1;

    /// <summary>Notes when the stages were; null where the request's trace is not recorded.</summary>
    public RequestTrace? Trace { get; init; }

    /// <summary>Measured once on the way; metrics, spans, logs and statistics all read these.</summary>
    public StageTimings Timings { get; } = new();
}
