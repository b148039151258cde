using System.Runtime.ExceptionServices;
using Grpc.Core;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Infer;
using Inference.Core.Configuration;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>
/// One stream: reads a request when the window has room for it, and lets it be answered while the next is read. Everything
/// that was read is answered before the stream ends, unless its client is gone. Used once.
/// </summary>
internal sealed class InferStream : IDisposable
{
    private const string Stopping = "the server is stopping; everything that was read from this stream is answered. Open it again at another replica and send there what has no answer.";
    private readonly IAsyncStreamReader<InferCall> _requests;
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
        _requests = requests;
        _body = StreamBody.Of(call.GetHttpContext()) ?? throw new InvalidOperationException("The body of a stream must be a StreamBody.");
        _gone = CancellationTokenSource.CreateLinkedTokenSource(call.CancellationToken);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(_gone.Token, services.Lifecycle.Draining);
        var load = new StreamLoad(services, limits);
        _writer = new AnswerWriter(answers, load.LastAnswer, load.Written, Break, _gone.Token);
        _answering = new RequestAnswering(services, load, _writer, call.GetHttpContext(), call.Deadline, _gone.Token);
    }

    /// <summary>Serves the stream.</summary>
    /// <exception cref="InferenceException">ShuttingDown.</exception>
    public async Task RunAsync()
    {
        var failure = await ReadAllAsync();
        _writer.Release();
        await _answering.EndedAsync();
        if ((_broken ?? failure) is { } reason)
            ExceptionDispatchInfo.Throw(reason);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _gone.Dispose();
    }

    // Why reading ended, where that was not the end of the stream.
    private async Task<Exception?> ReadAllAsync()
    {
        try
        {
            await ReadAsync();
            return null;
        }
        catch (OperationCanceledException) when (!_gone.IsCancellationRequested)
        {
            return new InferenceException(ErrorCode.ShuttingDown, Stopping);
        }
        catch (InvalidDataException)
        {
            return InferenceException.InvalidArgument(LibraryErrors.NotOneMessage);
        }
        catch (RpcException e)
        {
            // The library refuses a message; its client is still there for the answers to those before.
            return e;
        }
        catch (Exception e)
        {
            await _gone.CancelAsync();
            return e;
        }
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
