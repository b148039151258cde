using Inference.Domain.Tensors;

namespace Inference.Infra.Queue;

/// <summary>
/// Hands out the answers of a run on the thread pool, a few at a time. Answers that were each a piece of work of their own
/// would wake a thread each, and all stand before whatever comes after the run: a caller of another model would wait for as
/// many answers as the largest batch has requests.
/// </summary>
internal sealed class BatchAnswers : IThreadPoolWorkItem
{
    // Work of others has its turn after this many answers; so many wait for each other where what their callers do then takes long.
    private const int PerTurn = 4;

    private readonly Batch _batch;
    private readonly TensorSet?[] _parts;
    private readonly long _splitTicks;
    private int _next;

    private BatchAnswers(Batch batch, TensorSet?[] parts, long splitTicks)
    {
        _batch = batch;
        _parts = parts;
        _splitTicks = splitTicks;
    }

    /// <summary>Begins to hand them out; returns at once.</summary>
    /// <param name="batch">The run; nothing else answers its requests from now on.</param>
    /// <param name="parts">What each request gets; null where it gets an error. Taken over.</param>
    /// <param name="splitTicks">What handing the outputs out took.</param>
    public static void Begin(Batch batch, TensorSet?[] parts, long splitTicks)
    {
        ThreadPool.UnsafeQueueUserWorkItem(new BatchAnswers(batch, parts, splitTicks), preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        var first = Interlocked.Add(ref _next, PerTurn) - PerTurn;
        var last = Math.Min(first + PerTurn, _parts.Length);

        // Before its own, so that another thread that is free goes on with the rest.
        if (last < _parts.Length)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        for (; first < last; first++)
            _batch.Answer(first, _parts[first], _splitTicks);
    }
}
