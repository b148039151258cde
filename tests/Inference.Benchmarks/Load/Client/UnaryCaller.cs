using System.Runtime.CompilerServices;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Client;

/// <summary>
/// Calls ModelInfer, one call at a time. It has a method description of its own, so that its marshaller can hand the answer
/// over without allocating, and no call throws: exceptions of refused calls would cost more than the calls.
/// </summary>
internal sealed class UnaryCaller
{
    private readonly CallInvoker invoker;
    private readonly Method<RequestTemplate, Answer> method;

    public UnaryCaller(CallInvoker invoker)
    {
        this.invoker = invoker;
        var request = Marshallers.Create<RequestTemplate>((template, context) => template.Write(context), _ => throw new NotSupportedException());
        var answer = Marshallers.Create<Answer>((_, _) => throw new NotSupportedException(), Answer.Read);
        method = new(
            MethodType.Unary, GRPCInferenceService.Descriptor.FullName,
            nameof(GRPCInferenceService.GRPCInferenceServiceBase.ModelInfer), request, answer);
    }

    /// <summary>The last answer.</summary>
    public Answer Answer { get; } = new();

    /// <summary>Sends a request and waits for its answer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Status> CallAsync(RequestTemplate request, bool keep, DateTime? deadline = null)
    {
        Answer.Keep = keep;
        using var call = invoker.AsyncUnaryCall(method, null, new CallOptions(deadline: deadline), request);
        var response = call.ResponseAsync;
        await ((Task)response).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var status = call.GetStatus();
        return response.IsCompletedSuccessfully || status.StatusCode != StatusCode.OK
            ? status
            : new Status(StatusCode.Internal, response.Exception?.InnerException?.Message ?? "The call was cancelled.");
    }
}
