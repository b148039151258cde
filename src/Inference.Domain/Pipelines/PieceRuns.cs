using System.Runtime.ExceptionServices;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;

namespace Inference.Domain.Pipelines;

/// <summary>
/// The pieces of one request on their way through the pipeline: several at once, so that they can share runs of the model,
/// but no more than <see cref="RunAhead"/> beyond what was answered. Used by one caller at a time.
/// </summary>
internal sealed class PieceRuns : IAsyncDisposable
{
    /// <summary>Pieces under way at once.</summary>
    public const int RunAhead = 8;

    private readonly Func<TensorSet, RequestContext, ValueTask<TensorSet>> _run;
    private readonly IEnumerator<TensorSet> _pieces;
    private readonly RequestContext _request;
    private readonly CancellationTokenSource _stop;
    private readonly Queue<(Task<TensorSet> Outputs, RequestContext Context)> _underWay = new(RunAhead);
    private ExceptionDispatchInfo? _failure;
    private bool _isExhausted;

    /// <summary>Starts nothing yet.</summary>
    /// <param name="run">Runs one piece, which stays the caller's.</param>
    /// <param name="pieces">Made one by one.</param>
    /// <param name="request">Times and rows of the pieces are added to it.</param>
    public PieceRuns(Func<TensorSet, RequestContext, ValueTask<TensorSet>> run, IEnumerable<TensorSet> pieces, RequestContext request)
    {
        _run = run;
        _pieces = pieces.GetEnumerator();
        _request = request;
        _request.Rows = 0;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(request.Cancellation);
    }

    /// <summary>The answer to the next piece; null where there is none.</summary>
    public async ValueTask<PipelineAnswer?> NextAsync()
    {
        StartPieces();
        if (!_underWay.TryDequeue(out var piece))
        {
            _failure?.Throw();
            return null;
        }

        var outputs = await piece.Outputs.ConfigureAwait(false);
        Add(piece.Context);
        return new PipelineAnswer(outputs, piece.Context, _isExhausted && _failure is null && _underWay.Count == 0);
    }

    /// <summary>Ends what is under way and waits for it, since it stands over the request's memory.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_underWay.Count > 0)
            await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var (outputs, _) in _underWay)
        {
            await ((Task)outputs).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (outputs.IsCompletedSuccessfully)
                outputs.Result.Dispose();
        }

        _underWay.Clear();
        _pieces.Dispose();
        _stop.Dispose();
    }

    // A piece that cannot be made ends the request, but only after those before it are answered.
    private void StartPieces()
    {
        while (!_isExhausted && _underWay.Count < RunAhead)
        {
            try
            {
                _isExhausted = !_pieces.MoveNext();
                if (!_isExhausted)
                    Start(_pieces.Current);
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
                _isExhausted = true;
            }
        }
    }

    private void Start(TensorSet piece)
    {
        var context = new RequestContext(_request.RequestId, _stop.Token)
        {
            Deadline = _request.Deadline,
            QueueDeadline = _request.QueueDeadline,
            Priority = _request.Priority,
            WaitsForRoom = _request.WaitsForRoom,
            Trace = _request.Trace,
        };
        _underWay.Enqueue((RunAsync(piece, context), context));
    }

    private async Task<TensorSet> RunAsync(TensorSet piece, RequestContext context)
    {
        using (piece)
            return await _run(piece, context).ConfigureAwait(false);
    }

    private void Add(RequestContext piece)
    {
        var (sum, times) = (_request.Timings, piece.Timings);
        sum.Preprocess += times.Preprocess;
        sum.Queue += times.Queue;
        sum.Merge += times.Merge;
        sum.Execute += times.Execute;
        sum.Split += times.Split;
        sum.Postprocess += times.Postprocess;
        _request.Rows += piece.Rows;
        _request.BatchRows = Math.Max(_request.BatchRows, piece.BatchRows);
    }
}
