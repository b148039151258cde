using Grpc.Core;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Infer;
using Inference.Domain;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>
/// The method that most calls are for: a service of its own, because the library's interceptors would cost each of them more
/// than reading and writing its messages does. Thread-safe.
/// </summary>
internal sealed class ModelInferMethod(InferenceService inference, ErrorInterceptor errors)
{
    /// <summary>Answers one request.</summary>
    public async Task<InferAnswer> InferAsync(InferCall call, ServerCallContext context)
    {
        var exchange = InferExchange.Of(context.GetHttpContext())!;
        exchange.BeginAnswer();
        try
        {
            using (call)
            {
                var outcome = await inference.TryInferAsync(Admit(call, exchange, context.Deadline), context.CancellationToken);
                if (!outcome.IsAnswered)
                    throw errors.Convert(outcome.Error, context, streamed: false);
                if (outcome.Response.Timings is { } timings)
                    context.ResponseTrailers.Add(ServerTiming.Key, ServerTiming.Of(timings));
                return exchange.Keep(Answer(outcome.Response, call.Form));
            }
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw errors.Convert(e, context, streamed: false);
        }
    }

    private static InferAnswer Answer(InferenceResponse response, TensorForm form)
    {
        try
        {
            return new InferAnswer(response, form);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private InferenceRequest Admit(InferCall call, InferExchange exchange, DateTime deadline)
    {
        try
        {
            exchange.Hold(call.Bytes);
            return call.TryGetRequest(deadline, out var request) ? request : throw call.Error!;
        }
        catch (InferenceException e)
        {
            inference.CountRejected(call.ModelName, e);
            throw;
        }
    }
}
