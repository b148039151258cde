using System.Collections.Concurrent;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Tracing;
using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Infer;
using Microsoft.AspNetCore.Http;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>
/// Has the requests of one stream answered, many at a time. Requests come from one thread at a time, and those whose pipeline had to
/// be loaded first from one for each pipeline; answers from any.
/// </summary>
/// <param name="services">What answers.</param>
/// <param name="load">What is under way.</param>
/// <param name="writer">Where answers go.</param>
/// <param name="http">The call.</param>
/// <param name="deadline">Of the call, in UTC.</param>
/// <param name="gone">Cancelled when the client is gone.</param>
internal sealed class RequestAnswering(StreamServices services, StreamLoad load, AnswerWriter writer, HttpContext http, DateTime deadline, CancellationToken gone)
{
    // What a decoupled request may have under way and ready at once, beyond what is written.
    private const int Pieces = 8;
    private readonly InferenceService _inference = services.Inference;
    private readonly ConcurrentDictionary<PipelineKey, AnswerOrder> _orders = [];
    private HeldRequests? _held;

    /// <summary>Takes a request on; done when the next may be read.</summary>
    /// <exception cref="OperationCanceledException">The client has gone before there was room for the request.</exception>
    public async ValueTask AnswerAsync(InferCall call)
    {
        var (request, traits) = Prepare(call, out var streamed);
        if (!load.TryBegin(streamed))
        {
            writer.Release();
            try
            {
                await load.BeginAsync(streamed, gone);
            }
            catch
            {
                GiveBack(call);
                throw;
            }
        }

        // In the order in which they come, whether or not they wait for a load before they go on.
        streamed.Refusal = load.TakeId(streamed) ?? call.Error;
        if (traits.Key is not { } key || !(traits.IsComing || _held is { IsEmpty: false }) || !Hold(key, traits.IsComing, streamed, request!))
            Start(streamed, request, traits, hold: true);
    }

    /// <summary>Done when every request has had its last answer; called when no more are read.</summary>
    public Task EndedAsync() => load.EndedAsync();

    // False where it need not wait, since nothing of its pipeline does.
    private bool Hold(PipelineKey key, bool isComing, StreamRequest streamed, InferenceRequest request)
    {
        _held ??= new HeldRequests(Release);
        return _held.TryAdd(key, isComing, new HeldRequest(streamed, request, isComing ? _inference.PrepareAsync(request, gone) : Task.CompletedTask));
    }

    private void Release(HeldRequest held)
    {
        var (streamed, request) = (held.Streamed, held.Request);
        var traits = _inference.TraitsOf(request.ModelName, request.Version);
        streamed.IsDecoupled = traits.IsDecoupled;
        streamed.Order = traits.PreservesOrdering ? OrderOf(traits.Key!.Value) : null;

        // It has one place in the window where it was not known that it needs more.
        if (traits.IsDecoupled)
            streamed.Room ??= new SemaphoreSlim(1);
        Start(streamed, request, traits, hold: false);
    }

    private (InferenceRequest? Request, PipelineTraits Traits) Prepare(InferCall call, out StreamRequest streamed)
    {
        var start = services.Time.GetTimestamp();
        var span = services.Spans.Arrive(http);
        if (!call.TryGetRequest(deadline, out var request))
        {
            streamed = new StreamRequest(call, start) { Bytes = call.Bytes, Span = span };
            return default;
        }

        request.WaitsForRoom = true;
        if (span is not null)
        {
            request.Trace = span.Begin(request.ModelName, request.Version, request.Id);
            span.MakeCurrent(false);
        }

        var traits = _inference.TraitsOf(request.ModelName, request.Version);
        var pieces = traits.IsDecoupled ? Pieces : 1;
        streamed = new StreamRequest(call, start)
        {
            WantsFinal = request.WantsFinalResponse,
            IsDecoupled = traits.IsDecoupled,
            Places = Math.Min(pieces, load.MostPlaces),
            Span = span,
            Bytes = call.Bytes + (pieces * traits.AnswerBytes),
            Room = traits.IsDecoupled ? new SemaphoreSlim(Pieces) : null,
            Order = traits.PreservesOrdering ? OrderOf(traits.Key!.Value) : null,
        };
        return (request, traits);
    }

    private void Start(StreamRequest streamed, InferenceRequest? request, in PipelineTraits traits, bool hold)
    {
        if (streamed.Order is { } order)
            writer.Register(order, streamed);
        if (streamed.Refusal is { } refusal)
        {
            _inference.CountRejected(streamed.Call.ModelName, refusal);
            GiveBack(streamed.Call);
            Fail(streamed, refusal, hold);
        }
        else if (traits.IsDecoupled)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static s => _ = s.Answering.AnswerEachAsync(s.Streamed, s.Request), (Answering: this, Streamed: streamed, Request: request!), preferLocal: false);
        }
        else if (traits.HasComponents)
        {
            // What they cost is not known, so that they must not keep the stream from being read.
            ThreadPool.UnsafeQueueUserWorkItem(static s => s.Answering.AnswerOnce(s.Streamed, s.Request, hold: false), (Answering: this, Streamed: streamed, Request: request!), preferLocal: false);
        }
        else
        {
            AnswerOnce(streamed, request!, hold);
        }
    }

    private void AnswerOnce(StreamRequest streamed, InferenceRequest request, bool hold)
    {
        // What the request calls out for belongs to its trace; what the stream does after it does not.
        streamed.Span?.MakeCurrent(true);
        var pending = _inference.TryInferAsync(request, gone);
        streamed.Span?.MakeCurrent(false);
        if (pending.IsCompletedSuccessfully)
            Answer(streamed, pending.Result, hold);
        else
            _ = AwaitAsync(streamed, pending);
    }

    private async Task AwaitAsync(StreamRequest streamed, ValueTask<InferenceOutcome> pending) => Answer(streamed, await pending, hold: false);

    private void Answer(StreamRequest streamed, in InferenceOutcome outcome, bool hold)
    {
        GiveBack(streamed.Call);
        if (!outcome.IsAnswered)
        {
            Fail(streamed, outcome.Error, hold);
            return;
        }

        var response = outcome.Response;
        streamed.Span?.Answered(response.Version, response.Context);
        var parameters = streamed.WantsFinal ? FinalFlag.With(response.Parameters, isLast: true) : response.Parameters;
        if (Send(streamed, response, parameters, isFinal: true, hold) is { } failure)
            Fail(streamed, failure, hold);
    }

    private async Task AnswerEachAsync(StreamRequest streamed, InferenceRequest request)
    {
        streamed.Span?.MakeCurrent(true);
        InferenceException? failure = null;
        InferenceResponse? last = null;
        await foreach (var outcome in _inference.InferEachAsync(request, gone))
        {
            // The last one ends the request, which must not be before the service is done with it.
            (last, failure) = (outcome.Response, outcome.Error);
            if (last is null or { IsLast: true })
                continue;
            await streamed.Room!.WaitAsync();
            failure = Send(streamed, last, FinalFlag.With(last.Parameters, isLast: false), isFinal: false, hold: false);
            if (failure is not null)
                break;
        }

        GiveBack(streamed.Call);
        if (last is not null)
            streamed.Span?.Answered(last.Version, last.Context);
        failure ??= SendLast(streamed, last!);
        if (failure is not null)
            Fail(streamed, failure, hold: false);
    }

    // By an empty response of its own where the client asked for that; a response without outputs is one already.
    private InferenceException? SendLast(StreamRequest streamed, InferenceResponse last)
    {
        if (!streamed.WantsFinal || last.Outputs.Count == 0)
            return Send(streamed, last, FinalFlag.With(last.Parameters, isLast: true), isFinal: true, hold: false);
        if (Send(streamed, last, FinalFlag.With(last.Parameters, isLast: false), isFinal: false, hold: false) is { } failure)
            return failure;
        Write(streamed, new InferAnswer(last.ModelName, last.Version, last.Id, FinalFlag.Last), 0, isFinal: true, hold: false);
        return null;
    }

    /// <summary>Sends a response, which is the stream's from here on.</summary>
    /// <returns>Why it cannot be sent; null where it was.</returns>
    private InferenceException? Send(StreamRequest streamed, InferenceResponse response, IReadOnlyDictionary<string, object> parameters, bool isFinal, bool hold)
    {
        if (!streamed.HasAnswer)
        {
            streamed.HasAnswer = true;
            services.Metrics.FirstResponse(services.Time.GetElapsedTime(streamed.Start));
        }

        try
        {
            Write(streamed, new InferAnswer(response, streamed.Call.Form, parameters), response.Outputs.OwnBytes, isFinal, hold);
            return null;
        }
        catch (InferenceException e)
        {
            response.Dispose();
            return e;
        }
    }

    private void Fail(StreamRequest streamed, InferenceException error, bool hold)
    {
        var parameters = streamed.WantsFinal || streamed.IsDecoupled ? FinalFlag.Last : null;
        var text = StreamErrorText.Of(error);
        if (streamed.Span is { } span)
            CallSpans.End(span, error);
        Write(streamed, InferAnswer.Failed(streamed.Id, text, parameters), text.Length, isFinal: true, hold);
    }

    private void Write(StreamRequest streamed, InferAnswer answer, long bytes, bool isFinal, bool hold)
    {
        if (isFinal && streamed.Span is { } span)
            CallSpans.End(span, error: null);
        load.Answered(streamed, bytes, isFinal);
        writer.Write(new StreamAnswer(streamed, answer, bytes, isFinal), hold);
    }

    private void GiveBack(InferCall call)
    {
        call.Dispose();
        services.Budget.Give(call.Bytes);
    }

    private AnswerOrder OrderOf(PipelineKey key) => _orders.GetOrAdd(key, static _ => new AnswerOrder());
}
