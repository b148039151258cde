using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>Shows a watch the bytes that are read, each once, when they are given back.</summary>
internal sealed class WatchedReader(PipeReader inner, FrameWatch frames) : PipeReader
{
    private ReadOnlySequence<byte> _last;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
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
            frames.Read(_last.Slice(_last.Start, consumed));
        _last = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> Awaited(ValueTask<ReadResult> read) => Keep(await read.ConfigureAwait(false));

    private ReadResult Keep(ReadResult result)
    {
        _last = result.Buffer;
        return result;
    }
}
