using Inference.Domain.Execution;

namespace Inference.Services.Pipelines;

/// <summary>What an executor reports, as metrics name it.</summary>
internal static class SchedulingNames
{
    public static string Of(RefusalReason reason) => reason switch
    {
        RefusalReason.QueueRows => "queue_rows",
        RefusalReason.QueueRequests => "queue_requests",
        RefusalReason.QueueBytes => "queue_bytes",
        RefusalReason.TotalBytes => "total_bytes",
        RefusalReason.Deadline => "deadline",
        _ => "other",
    };

    public static string Of(StopPlace place) => place == StopPlace.Queued ? "queued" : "running";

    public static string Of(StopCause cause) => cause switch
    {
        StopCause.Cancelled => "cancelled",
        StopCause.Deadline => "deadline",
        StopCause.QueueTimeout => "queue_timeout",
        _ => "other",
    };
}
