using System.Globalization;
using Inference.Domain;
using Inference.Domain.Execution;

namespace Inference.Infra.Queue;

/// <summary>The texts of errors that the queue makes.</summary>
internal static class QueueErrors
{
    private static readonly TimeSpan LeastRetry = TimeSpan.FromMilliseconds(1);

    /// <summary>There is no room.</summary>
    public static InferenceException Full(string label, RefusalReason reason, QueueLoad load, QueueOptions options, long totalBytes, TimeSpan retryAfter) =>
        new(ErrorCode.Overloaded, $"{label}: {Limit(reason, load, options, totalBytes)} Try again in {Milliseconds(retryAfter)} ms.")
        {
            RetryAfter = retryAfter,
        };

    /// <summary>By what is known it could not be answered in time.</summary>
    public static InferenceException TooLate(string label, TimeSpan wait, TimeSpan run, TimeSpan left, TimeSpan retryAfter)
    {
        var retry = retryAfter > LeastRetry ? retryAfter : LeastRetry;
        return new(
            ErrorCode.Overloaded,
            $"{label}: the request would wait for about {Milliseconds(wait)} ms and run for {Milliseconds(run)} ms, but has only {Milliseconds(left)} ms left; try again in {Milliseconds(retry)} ms, or with a later deadline.")
        {
            RetryAfter = retry,
        };
    }

    /// <summary>The executor closes.</summary>
    public static InferenceException Closed(string label) =>
        new(ErrorCode.NotReady, $"{label}: it is being unloaded and takes no more requests.");

    /// <summary>The device has stopped.</summary>
    public static InferenceException DeviceStopped(string label) =>
        new(ErrorCode.ShuttingDown, $"{label}: its device has stopped; the server is shutting down.");

    /// <summary>A request has more rows or bytes than a batch may have, and must not be split.</summary>
    public static InferenceException TooLarge(string label, long rows, long bytes, BatchingOptions options)
    {
        var excess = rows > options.MaxRows
            ? $"{rows} rows, more than one batch may have ({options.MaxRows}, batching.max_batch_rows)"
            : $"{bytes} bytes in {rows} rows, more than one batch may have ({options.MaxBytes}, batching.max_batch_bytes)";
        return InferenceException.InvalidArgument($"{label}: the request has {excess}, and the model's requests are not split (batching.split); send fewer rows.");
    }

    /// <summary>It would end after its deadline, so that it is not begun.</summary>
    public static InferenceException Doomed(string label, TimeSpan waited, TimeSpan run) =>
        new(ErrorCode.DeadlineExceeded, $"{label}: the request's deadline would pass during its run of about {Milliseconds(run)} ms, after it had waited for a lane for {Milliseconds(waited)} ms; the model did not run.");

    /// <summary>The answer to a request that was stopped.</summary>
    /// <param name="label">How errors name the model.</param>
    /// <param name="cause">Why.</param>
    /// <param name="waited">From acceptance to the start of the run, or to now.</param>
    /// <param name="ran">How long the model ran; null where it never started.</param>
    public static InferenceException Stopped(string label, StopCause cause, TimeSpan waited, TimeSpan? ran)
    {
        var where = ran is { } time
            ? $"after it had run for {Milliseconds(time)} ms"
            : $"after it had waited for a lane for {Milliseconds(waited)} ms; the model did not run";
        return cause switch
        {
            StopCause.Cancelled => new(ErrorCode.Cancelled, $"{label}: the request was cancelled {where}."),
            StopCause.QueueTimeout => new(ErrorCode.DeadlineExceeded, $"{label}: the request's queue timeout passed {where}."),
            _ => new(ErrorCode.DeadlineExceeded, $"{label}: the request's deadline passed {where}."),
        };
    }

    private static string Limit(RefusalReason reason, QueueLoad load, QueueOptions options, long totalBytes) => reason switch
    {
        RefusalReason.QueueRows => $"its queue is full, {load.Rows} rows of {load.Requests} requests wait (queue.max_rows is {options.MaxRows}{OfLevels(options)}).",
        RefusalReason.QueueRequests => $"its queue is full, {load.Requests} requests wait, as many as may (max_queue_size of the request's level of priority).",
        RefusalReason.QueueBytes => $"its queue is full, {load.Bytes} bytes of {load.Requests} requests wait (queue.max_bytes is {options.MaxBytes}{OfLevels(options)}).",
        _ => $"the queues of all models together are full (Queue:TotalBytes is {totalBytes}).",
    };

    private static string OfLevels(QueueOptions options) => options.Levels.IsEmpty ? string.Empty : ", levels of priority may have less";

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture);
}
