using System.IO.Pipelines;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>A reader whose completion is noted instead of passed on.</summary>
internal sealed class HeldReader(PipeReader inner) : PipeReader
{
    /// <summary>What it was completed with.</summary>
    public Exception? Error { get; private set; }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => inner.ReadAsync(cancellationToken);

    public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => Error ??= exception;

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        Complete(exception);
        return default;
    }
}
