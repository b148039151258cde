using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>
/// Shows a watch the bytes that are read, each once, when they are given back, and reads at a pace. Who completes it in the middle of a read, as the
/// web server does where a connection ends with an error, gives back what was read.
/// </summary>
internal sealed class WatchedReader(PipeReader inner, FrameWatch? frames, ReadPace pace) : PipeReader
{
    private ReadOnlySequence<byte> _last;
    private bool _isHeld;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (pace.Next() is { IsCompleted: false } moment)
            return Awaited(moment, cancellationToken);
        var read = inner.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Keep(read.Result)) : Awaited(read);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;
        Keep(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // Looked at before the memory goes back.
        if (!_last.IsEmpty)
            frames?.Read(_last.Slice(_last.Start, consumed));
        (_last, _isHeld) = (default, false);
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        EndRead();
        inner.Complete(exception);
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        EndRead();
        return inner.CompleteAsync(exception);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> Awaited(ValueTask<ReadResult> read) => Keep(await read.ConfigureAwait(false));

    // Whoever cancels the read meanwhile finds it cancelled then.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> Awaited(Task moment, CancellationToken cancellationToken)
    {
        await moment.ConfigureAwait(false);
        pace.Paused();
        return Keep(await inner.ReadAsync(cancellationToken).ConfigureAwait(false));
    }

    private ReadResult Keep(ReadResult result)
    {
        (_last, _isHeld) = (result.Buffer, true);
        return result;
    }

    private void EndRead()
    {
        if (_isHeld)
            inner.AdvanceTo(_last.End);
        (_last, _isHeld) = (default, false);
    }
}
