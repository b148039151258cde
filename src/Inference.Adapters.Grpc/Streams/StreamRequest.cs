using Inference.Adapters.Grpc.Infer;
using Inference.Domain;
using Inference.Services.Tracing;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>One request of a stream, from when it was read until its last answer is written or given up.</summary>
/// <param name="call">What was read; disposed of when the service is done with it.</param>
/// <param name="start">When it was read, as a timestamp.</param>
internal sealed class StreamRequest(InferCall call, long start)
{
    public InferCall Call => call;

    public long Start => start;

    /// <summary>The client's id; empty where it has none, or where it is another request's.</summary>
    public string Id { get; set; } = call.Id;

    /// <summary>The client asked to be told which answer is the last.</summary>
    public bool WantsFinal { get; init; }

    /// <summary>It is answered several times.</summary>
    public bool IsDecoupled { get; set; }

    /// <summary>Places that it takes in the stream's window.</summary>
    public int Places { get; init; } = 1;

    /// <summary>Bytes that it takes in the stream's window beside those of answers that are ready.</summary>
    public long Bytes { get; set; }

    /// <summary>Has one entry for each answer that may be ready without being written; null where there is only one answer.</summary>
    public SemaphoreSlim? Room { get; set; }

    /// <summary>What its answers must stand behind; null where the order of requests is not kept.</summary>
    public AnswerOrder? Order { get; set; }

    /// <summary>The request's span; null where it is not traced.</summary>
    public RequestSpan? Span { get; init; }

    /// <summary>An answer was ready, the first one.</summary>
    public bool HasAnswer { get; set; }

    /// <summary>Why it is not answered, as far as that was known when it came; null where it is.</summary>
    public InferenceException? Refusal { get; set; }

    /// <summary>It holds its id on the stream, so that another request with the same one is refused.</summary>
    public bool HoldsId { get; set; }
}

/// <summary>One answer on its way to the client.</summary>
/// <param name="Request">What is answered.</param>
/// <param name="Answer">The message; disposed of when it is written or given up.</param>
/// <param name="Bytes">Bytes that it takes in the stream's window.</param>
/// <param name="IsFinal">No other answer to the request follows.</param>
internal readonly record struct StreamAnswer(StreamRequest Request, InferAnswer Answer, long Bytes, bool IsFinal);
