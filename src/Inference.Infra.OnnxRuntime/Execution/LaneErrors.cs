using Inference.Domain;

namespace Inference.Infra.OnnxRuntime.Execution;

/// <summary>The texts of errors that lanes and queues make.</summary>
internal static class LaneErrors
{
    public static InferenceException Full(string label, int maxQueued, int lanes, TimeSpan? retryAfter) =>
        new(ErrorCode.Overloaded, $"{label}: its queue is full, {maxQueued} requests wait for {lanes} lane{(lanes == 1 ? "" : "s")}; try again later, or raise execution.lanes or execution.max_queued.")
        {
            RetryAfter = retryAfter,
        };

    public static InferenceException Closed(string label) =>
        new(ErrorCode.NotReady, $"{label}: it is being unloaded and takes no more requests.");

    public static InferenceException DeviceStopped(string label) =>
        new(ErrorCode.ShuttingDown, $"{label}: its device has stopped; the server is shutting down.");

    /// <summary>The answer to a run that was stopped.</summary>
    /// <param name="label">How errors name the model.</param>
    /// <param name="reason">Why.</param>
    /// <param name="waited">From acceptance to the start of the run, or to now.</param>
    /// <param name="ran">How long the model ran; null where it never started.</param>
    public static InferenceException Stopped(string label, StopReason reason, TimeSpan waited, TimeSpan? ran)
    {
        var where = ran is { } time
            ? $"after it had run for {Milliseconds(time)} ms; the run was ended"
            : $"after it had waited for a lane for {Milliseconds(waited)} ms; the model did not run";
        return reason switch
        {
            StopReason.Cancelled => new(ErrorCode.Cancelled, $"{label}: the request was cancelled {where}."),
            StopReason.QueueDeadline => new(ErrorCode.DeadlineExceeded, $"{label}: the request's queue timeout passed {where}."),
            _ => new(ErrorCode.DeadlineExceeded, $"{label}: the request's deadline passed {where}."),
        };
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture);
}
