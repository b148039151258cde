using Inference.Domain;
using Inference.Domain.Execution;

namespace Inference.Services.Infer;

/// <summary>Ends long work that the service does itself for a request once nobody waits for its answer any more.</summary>
/// <param name="owner">How errors name the pipeline.</param>
/// <param name="context">The request's deadline and cancellation.</param>
/// <param name="time">The clock of the deadline.</param>
internal readonly struct WorkLimit(string owner, RequestContext context, TimeProvider time)
{
    /// <summary>Elements between two checks: some microseconds of work.</summary>
    public const int Period = 4096;

    /// <summary>Throws where the request is over.</summary>
    /// <exception cref="InferenceException">Cancelled, DeadlineExceeded.</exception>
    public void Check()
    {
        if (context.Cancellation.IsCancellationRequested)
            throw new InferenceException(ErrorCode.Cancelled, $"{owner}: the request was cancelled while its best classes were selected.");
        if (context.Deadline != long.MaxValue && time.GetTimestamp() >= context.Deadline)
            throw new InferenceException(ErrorCode.DeadlineExceeded, $"{owner}: the request's deadline passed while its best classes were selected.");
    }
}
