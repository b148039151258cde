using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Tensors;

namespace Inference.Infra.Queue;

/// <summary>
/// Answers a request that has more rows than a batch may have: in parts, over slices of its inputs, a few under way at a
/// time, whose outputs are put one below the other.
/// </summary>
internal sealed class SplitRequest(BatchingExecutor executor, TensorSet inputs, RequestContext context, long rowsOfPart)
{
    private const int PartsAheadOfLanes = 2;

    /// <summary>The outputs, owned by the caller.</summary>
    public async ValueTask<TensorSet> RunAsync()
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
        var count = (int)((context.Rows + rowsOfPart - 1) / rowsOfPart);
        var parts = new Part[count];
        try
        {
            await RunPartsAsync(parts, rest).ConfigureAwait(false);
            Sum(parts);
            if (Misfit(parts) is not { } output)
                return RowSlices.Join(executor.Spec.Outputs, [.. parts.Select(p => p.Outputs!)], context.Rows);
            executor.ForbidSharing(output);
        }
        finally
        {
            foreach (var part in parts)
            {
                part.Inputs?.Dispose();
                part.Outputs?.Dispose();
            }
        }

        // Only the whole request gives the right answer.
        return await executor.ExecuteWhole(inputs, context, BatchingExecutor.Bytes(inputs)).ConfigureAwait(false);
    }

    // All parts are over when this is, whatever became of them: they use the request's memory.
    private async Task RunPartsAsync(Part[] parts, CancellationTokenSource rest)
    {
        var running = new Queue<int>();
        Exception? error = null;
        for (var next = 0; (next < parts.Length && error is null) || running.Count > 0;)
        {
            try
            {
                if (next < parts.Length && error is null && running.Count < executor.Info.Lanes + PartsAheadOfLanes)
                {
                    parts[next] = Begin(next, rest.Token);

                    // One that was refused has no run, so that the others shall have none either.
                    if (parts[next].Task.IsFaulted)
                        await parts[next].Task.ConfigureAwait(false);
                    running.Enqueue(next++);
                    continue;
                }

                var index = running.Dequeue();
                parts[index].Outputs = await parts[index].Task.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                error ??= e;
                await rest.CancelAsync().ConfigureAwait(false);
            }
        }

        if (error is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
    }

    private Part Begin(int index, CancellationToken cancellation)
    {
        var first = index * rowsOfPart;
        var rows = Math.Min(rowsOfPart, context.Rows - first);

        // The first part is let in or refused like any request; the others belong to it and wait for room.
        var partContext = new RequestContext(context.RequestId, cancellation)
        {
            Deadline = context.Deadline,
            QueueDeadline = index == 0 ? context.QueueDeadline : long.MaxValue,
            Priority = context.Priority,
            WaitsForRoom = context.WaitsForRoom || index > 0,
            Rows = rows,
            Trace = context.Trace,
        };
        var slices = RowSlices.Of(inputs, first, rows);
        return new Part { Context = partContext, Inputs = slices, Task = executor.ExecuteWhole(slices, partContext, BatchingExecutor.Bytes(slices)).AsTask() };
    }

    private void Sum(Part[] parts)
    {
        foreach (var part in parts)
        {
            var (from, to) = (part.Context.Timings, context.Timings);
            to.Queue = Math.Max(to.Queue, from.Queue);
            to.Merge += from.Merge;
            to.Execute += from.Execute;
            to.Split += from.Split;
            context.BatchRows = Math.Max(context.BatchRows, part.Context.BatchRows);
        }
    }

    // An output that does not have a row for each row of its part, so that the parts cannot be joined; null where all do.
    private static string? Misfit(Part[] parts)
    {
        foreach (var part in parts)
        {
            if (BatchOutputs.Misfit(part.Outputs!, part.Context.Rows) is { } output)
                return output;
        }

        return null;
    }

    private struct Part
    {
        public RequestContext Context;
        public TensorSet? Inputs;
        public TensorSet? Outputs;
        public Task<TensorSet> Task;
    }
}
