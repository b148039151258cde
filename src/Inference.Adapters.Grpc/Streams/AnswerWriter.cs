using Grpc.Core;
using Inference.Adapters.Grpc.Infer;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>
/// Writes the answers of one stream, one at a time. Those that are ready together are flushed once. While nothing is ready,
/// nothing runs and no thread waits. Thread-safe.
/// </summary>
/// <param name="stream">Where to.</param>
/// <param name="beforeLast">Called before the last answer to a request is written.</param>
/// <param name="written">Called when an answer is with the transport, or is given up.</param>
/// <param name="broken">Called once where writing fails.</param>
/// <param name="cancellation">Cancelled when nobody reads any more: what is ready is given up.</param>
internal sealed class AnswerWriter(
    IServerStreamWriter<InferAnswer> stream, Action<StreamRequest> beforeLast, Action<StreamAnswer> written, Action<Exception> broken, CancellationToken cancellation)
    : IThreadPoolWorkItem
{
    // Unflushed answers stay in memory beyond the transport's own limit, and a client waits for them.
    private const int MostUnflushed = 64;
    private const long MostUnflushedBytes = 1 << 16;
    private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);
    private static readonly WriteOptions Flushed = new();
    private readonly Lock _gate = new();
    private List<StreamAnswer> _ready = [];
    private List<StreamAnswer> _writing = [];
    private int _unflushed;
    private bool _isRunning;
    private bool _isBroken;

    /// <summary>A request joins those whose answers keep its order.</summary>
    public void Register(AnswerOrder order, StreamRequest request)
    {
        lock (_gate)
            order.Add(request);
    }

    /// <summary>Writes an answer as soon as it may be written.</summary>
    /// <param name="answer">The writer's from here on.</param>
    /// <param name="hold">More may follow at once from the same thread, which then calls <see cref="Release"/>.</param>
    public void Write(in StreamAnswer answer, bool hold)
    {
        lock (_gate)
        {
            if (answer.Request.Order is { } order)
            {
                order.Ready(answer);
                while (order.TryTake(out var next))
                    _ready.Add(next);
            }
            else
            {
                _ready.Add(answer);
            }

            if (_isRunning || _ready.Count == 0 || (hold && _ready.Count < MostUnflushed))
                return;
            _isRunning = true;
        }

        if (hold)
            _ = RunAsync();
        else
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Writes what was held back, on this thread as far as the transport takes it.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (_isRunning || _ready.Count == 0)
                return;
            _isRunning = true;
        }

        _ = RunAsync();
    }

    /// <inheritdoc/>
    public void Execute() => _ = RunAsync();

    // Never throws: what fails is told to the stream.
    private async Task RunAsync()
    {
        while (TryTake())
        {
            _unflushed = 0;
            long bytes = 0;
            for (var i = 0; i < _writing.Count; i++)
            {
                var answer = _writing[i];
                bytes += answer.Bytes;
                var flush = i == _writing.Count - 1 || bytes >= MostUnflushedBytes || i - _unflushed + 1 >= MostUnflushed;
                await WriteAsync(answer, flush);
                if (!flush)
                    continue;
                for (; _unflushed <= i; _unflushed++)
                    written(_writing[_unflushed]);
                bytes = 0;
            }

            _writing.Clear();
        }
    }

    private bool TryTake()
    {
        lock (_gate)
        {
            (_ready, _writing) = (_writing, _ready);
            return _isRunning = _writing.Count > 0;
        }
    }

    private async ValueTask WriteAsync(StreamAnswer answer, bool flush)
    {
        if (answer.IsFinal)
            beforeLast(answer.Request);
        try
        {
            if (!_isBroken && !cancellation.IsCancellationRequested)
            {
                stream.WriteOptions = flush ? Flushed : Buffered;
                await stream.WriteAsync(answer.Answer);
            }
        }
        catch (Exception e)
        {
            _isBroken = true;
            broken(e);
        }
        finally
        {
            answer.Answer.Dispose();
        }
    }
}
