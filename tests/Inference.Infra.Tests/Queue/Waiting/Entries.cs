using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Tests.Queue.Waiting;

/// <summary>Requests without an executor, for what only keeps them.</summary>
internal static class Entries
{
    public static Entry Make(long accepted = 0, long rows = 1, long bytes = 0, int level = 1, long deadline = long.MaxValue, long queueDeadline = long.MaxValue) =>
        new(null!, new TensorSet(), new RequestContext("request", CancellationToken.None) { Rows = rows, Deadline = deadline, QueueDeadline = queueDeadline }, accepted, bytes, level);
}
