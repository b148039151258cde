using Inference.Adapters.Grpc.Infer;
using Inference.Domain;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>Answers requests that were read, with one answer each. Thread-safe.</summary>
internal sealed class UnaryInference(InferenceService inference)
{
    /// <summary>Answers a request, whose tensors are given back.</summary>
    /// <param name="call">The request.</param>
    /// <param name="resources">Keeps the answer.</param>
    /// <param name="deadline">The call's, in UTC; <see cref="DateTime.MaxValue"/> for none.</param>
    /// <param name="cancellation">Cancelled when nobody waits for the answer any more.</param>
    /// <returns>The answer, or the error that the service carries.</returns>
    /// <exception cref="InferenceException">The request cannot be taken, or its answer not be written.</exception>
    public async ValueTask<UnaryAnswer> AnswerAsync(InferCall call, CallResources resources, DateTime deadline, CancellationToken cancellation)
    {
        resources.BeginAnswer();
        using (call)
        {
            var request = Admit(call, resources, deadline);
            if (resources.Span is { } span)
                request.Trace = span.Begin(request.ModelName, request.Version, request.Id);
            var outcome = await inference.TryInferAsync(request, cancellation);
            if (!outcome.IsAnswered)
                return new UnaryAnswer(null, null, outcome.Error);
            resources.Span?.Answered(outcome.Response.Version, outcome.Response.Context);
            var timing = outcome.Response.Timings is { } timings ? ServerTiming.Of(timings) : null;
            return new UnaryAnswer(resources.Keep(Answer(outcome.Response, call.Form)), timing, null);
        }
    }

    /// <summary>Counts a request that was refused before it was read.</summary>
    public void CountUnread(InferenceException error) => inference.CountRejected(string.Empty, error);

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

    private InferenceRequest Admit(InferCall call, CallResources resources, DateTime deadline)
    {
        try
        {
            resources.Hold(call.Bytes);
            return call.TryGetRequest(deadline, out var request) ? request : throw call.Error!;
        }
        catch (InferenceException e)
        {
            inference.CountRejected(call.ModelName, e);
            throw;
        }
    }
}
