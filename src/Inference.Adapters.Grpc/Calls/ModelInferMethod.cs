using Grpc.Core;
using Inference.Adapters.Grpc.Compression;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Tracing;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>
/// ModelInfer as the gRPC library calls it, for calls that <see cref="Direct.DirectInfer"/> does not take: a service of its own,
/// because interceptors would cost each call more than reading and writing its messages does. Thread-safe.
/// </summary>
internal sealed class ModelInferMethod(UnaryInference inference, ErrorInterceptor errors)
{
    /// <summary>Answers one request.</summary>
    public async Task<InferAnswer> InferAsync(InferCall call, ServerCallContext context)
    {
        try
        {
            var resources = InferExchange.Of(context.GetHttpContext())!.Resources;
            var answer = await inference.AnswerAsync(call, resources, context.Deadline, context.CancellationToken);
            if (!answer.IsAnswered)
                throw errors.Convert(answer.Error, context, streamed: false);
            if (answer.Timing is { } timing)
                context.ResponseTrailers.Add(ServerTiming.Key, timing);
            if (resources.Span?.TraceParent is { } span)
                context.GetHttpContext().Response.Headers[CallSpans.ResponseHeader] = span;
            await AnswerCompression.BeginAsync(context);
            return answer.Message;
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw errors.Convert(e, context, streamed: false);
        }
    }
}
