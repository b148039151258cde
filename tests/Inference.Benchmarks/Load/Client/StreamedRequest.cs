using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Client;

/// <summary>What a stream sends next. One object is reused for all requests of a stream: a message is written before the next is made.</summary>
internal sealed class StreamedRequest
{
    public RequestTemplate? Template { get; set; }

    public int Id { get; set; }
}
