using System.Diagnostics.CodeAnalysis;
using Inference.Domain;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>
/// One inference request as it was read from the wire, or the reason why it could not be: that is carried and not thrown, so
/// that a stream can answer it and live on. Owns the input tensors; whoever gets a call from the codec disposes of it once the
/// service is done with the request. Used by one thread at a time.
/// </summary>
internal sealed class InferCall : IDisposable
{
    private readonly InferenceRequest? _request;

    /// <summary>A request that can be answered.</summary>
    /// <param name="request">Its tensors are the call's from here on.</param>
    /// <param name="form">How it carried them.</param>
    /// <param name="bytes">Bytes of memory that it holds.</param>
    public InferCall(InferenceRequest request, TensorForm form, long bytes)
    {
        _request = request;
        (ModelName, Id, Form, Bytes) = (request.ModelName, request.Id, form, bytes);
    }

    /// <summary>A request that is refused as it stands.</summary>
    /// <param name="modelName">The model that it names; empty where not even that could be read.</param>
    /// <param name="id">The client's id; empty where it has none or could not be read.</param>
    /// <param name="error">Why.</param>
    public InferCall(string modelName, string id, InferenceException error) => (ModelName, Id, Error) = (modelName, id, error);

    /// <summary>The model that is asked; empty where the message does not tell.</summary>
    public string ModelName { get; }

    /// <summary>The client's id, to be echoed; may be empty.</summary>
    public string Id { get; }

    /// <summary>How the request carried its tensors.</summary>
    public TensorForm Form { get; }

    /// <summary>Bytes of memory that the request holds; more than its message where that was compressed or has typed contents.</summary>
    public long Bytes { get; }

    /// <summary>Why the request cannot be answered; null where it can.</summary>
    public InferenceException? Error { get; }

    /// <summary>The request, where it can be answered. It must not be used after the call was disposed of.</summary>
    /// <param name="deadline">The gRPC call's deadline in UTC; <see cref="DateTime.MaxValue"/> for none.</param>
    /// <param name="request">The request; null where there is an <see cref="Error"/>.</param>
    public bool TryGetRequest(DateTime deadline, [NotNullWhen(true)] out InferenceRequest? request)
    {
        request = _request;
        if (request is not null && deadline != DateTime.MaxValue)
            request.DeadlineUtc = deadline;
        return request is not null;
    }

    /// <summary>Gives the input tensors' memory back; safe to call more than once.</summary>
    public void Dispose() => _request?.Inputs.Dispose();
}
