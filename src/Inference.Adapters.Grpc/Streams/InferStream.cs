using Grpc.Core;
using Inference.Adapters.Grpc.Infer;
using Inference.Core.Configuration;
using Inference.Core.Lifecycle;
using Inference.Domain;
using Microsoft.AspNetCore.Http;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>
/// One stream: reads a request when the window has room for it, and lets it be answered while the next is read. Everything
/// that was read is answered before the stream ends, unless its client is gone. Used once.
/// </summary>
internal sealed class InferStream : IDisposable
{
    private const string Stopping = "the server is stopping; everything that was read from this stream is answered. Open it again at another replica and send there what has no answer.";
    private readonly IAsyncStreamReader<InferCall> _requests;
    private readonly ServerCallContext _call;
    private readonly ServerLifecycle _lifecycle;
    private readonly StreamBody _body;
    private readonly AnswerWriter _writer;
    private readonly RequestAnswering _answering;

    // For the requests: the client is gone. For the reader: that, or there is no use in reading on.
    private readonly CancellationTokenSource _gone;
    private readonly CancellationTokenSource _stop;
    private Exception? _broken;

    public InferStream(
        StreamServices services, StreamOptions limits, IAsyncStreamReader<InferCall> requests, IServerStreamWriter<InferAnswer> answers, ServerCallContext call)
    {
        (_requests, _call, _lifecycle) = (requests, call, services.Lifecycle);
        _body = StreamBody.Of(call.GetHttpContext()) ?? throw new InvalidOperationException("The body of a stream must be a StreamBody.");
        _gone = CancellationTokenSource.CreateLinkedTokenSource(call.CancellationToken);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token, _lifecycle.Draining);
        var load = new StreamLoad(services, limits);
        _writer = new AnswerWriter(answers, load.LastAnswer, load.Written, Break, _gone.Token);
        _answering = new RequestAnswering(services, load, _writer, call.Deadline, _gone.Token);
    }

    /// <summary>Serves the stream.</summary>
    /// <exception cref="InferenceException">ShuttingDown.</exception>
    public async Task RunAsync()
    {
        Exception? failure = null;
        try
        {
            await ReadAsync();
        }
        catch (Exception e)
        {
            failure = e;

            // Nobody is there for the answers where reading broke, as opposed to a message that the library refuses.
            if (e is IOException or InvalidOperationException)
                await _gone.CancelAsync();
        }

        _writer.Release();
        await _answering.EndedAsync();
        if (_broken is { } broken)
            throw broken;
        if (failure is OperationCanceledException && !_call.CancellationToken.IsCancellationRequested)
            throw new InferenceException(ErrorCode.ShuttingDown, Stopping);
        if (failure is not null)
            throw failure;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _gone.Dispose();
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            var next = _requests.MoveNext(_stop.Token);

            // Answers that were ready at once wait for each other only as long as requests are at hand, too.
            if (!next.IsCompleted)
                _writer.Release();
            if (!await next)
                return;
            var request = _requests.Current;
            _body.HandOver(request.Bytes);
            await _answering.AnswerAsync(request);
        }
    }

    private void Break(Exception e)
    {
        _broken = e;
        _gone.Cancel();
    }
}
