using Inference.Core.Configuration;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>
/// What is under way on one stream: room in its window, ids, and the counts that the server keeps. Everything that begins here
/// ends here. Thread-safe.
/// </summary>
internal sealed class StreamLoad(StreamServices services, StreamOptions limits)
{
    private readonly StreamWindow _window = new(limits);
    private readonly RequestIdsUnderWay _ids = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for the reader.
    private int _underWay = 1;

    /// <summary>Most places that one request may take.</summary>
    public int MostPlaces => limits.MaxInFlight;

    /// <summary>Counts a request in at once; false where the window has no room.</summary>
    public bool TryBegin(StreamRequest request)
    {
        if (!_window.TryEnter(request.Places, request.Bytes))
            return false;
        Count();
        return true;
    }

    /// <summary>Counts a request in when the window has room.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the request is not counted.</exception>
    public async Task BeginAsync(StreamRequest request, CancellationToken cancellation)
    {
        await _window.EnterAsync(request.Places, request.Bytes, cancellation);
        Count();
    }

    /// <summary>Takes the request's id, which must be nobody else's on this stream. An empty one may be anybody's.</summary>
    /// <returns>Why not; null where it is taken.</returns>
    public InferenceException? TakeId(StreamRequest request)
    {
        if (request.Id.Length == 0)
            return null;
        request.HoldsId = _ids.TryAdd(request.Id);
        if (request.HoldsId)
            return null;
        request.Id = string.Empty;
        return InferenceException.InvalidArgument($"a request with id {ErrorText.Quote(request.Call.Id)} is under way on this stream; wait for its answer or give each request an id of its own.");
    }

    /// <summary>The request is with the service no more, but its answer is not written.</summary>
    /// <param name="request">The request.</param>
    /// <param name="answerBytes">Bytes of the answer.</param>
    /// <param name="isFinal">No other answer follows, so that the request itself needs no room any more.</param>
    public void Answered(StreamRequest request, long answerBytes, bool isFinal)
    {
        if (isFinal)
        {
            _window.Change(0, answerBytes - request.Bytes);
            request.Bytes = 0;
        }
        else
        {
            _window.Change(0, answerBytes);
        }
    }

    /// <summary>The last answer is going to be written: from now on the client may use the id again.</summary>
    public void LastAnswer(StreamRequest request)
    {
        if (request.HoldsId)
            _ids.Remove(request.Id);
    }

    /// <summary>An answer is written, or given up.</summary>
    public void Written(StreamAnswer answer)
    {
        _window.Change(answer.IsFinal ? -answer.Request.Places : 0, -answer.Bytes);
        answer.Request.Room?.Release();
        if (!answer.IsFinal)
            return;
        services.Metrics.StreamInFlightChanged(-1);
        services.Lifecycle.EndAnswer();
        Leave();
    }

    /// <summary>Done when everything has ended; called by the reader when it reads no more.</summary>
    public Task EndedAsync()
    {
        Leave();
        return _ended.Task;
    }

    private void Count()
    {
        Interlocked.Increment(ref _underWay);
        services.Lifecycle.BeginAnswer();
        services.Metrics.StreamInFlightChanged(1);
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _underWay) == 0)
            _ended.TrySetResult();
    }
}
