using Inference.Domain.Execution;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;

namespace Inference.Services.Infer;

/// <summary>The answer to one request. Dispose of it when the tensors are written: until then it keeps their memory.</summary>
public sealed class InferenceResponse : IDisposable
{
    internal InferenceResponse(string modelName, string version, string id, TensorSet outputs, RequestContext context)
    {
        ModelName = modelName;
        Version = version;
        Id = id;
        Outputs = outputs;
        Context = context;
    }

    /// <summary>Name of the model that answered.</summary>
    public string ModelName { get; }

    /// <summary>Version that answered; a number, also where a label was asked for.</summary>
    public string Version { get; }

    /// <summary>The client's id.</summary>
    public string Id { get; }

    /// <summary>Outputs in the order asked for.</summary>
    public TensorSet Outputs { get; }

    /// <summary>
    /// For each output where in shared memory its data was written, which is then not part of the answer and must not be read
    /// from the tensor; null for one whose data is in its tensor. Empty where all are.
    /// </summary>
    public IReadOnlyList<SharedLocation?> Locations { get; init; } = [];

    /// <summary>What is told beside the outputs: <see cref="bool"/>, <see cref="long"/>, <see cref="ulong"/>, <see cref="double"/> or <see cref="string"/> by name.</summary>
    public IReadOnlyDictionary<string, object> Parameters { get; init; } = System.Collections.Frozen.FrozenDictionary<string, object>.Empty;

    /// <summary>No other answer to the request follows.</summary>
    public bool IsLast { get; init; } = true;

    /// <summary>How long it took, where the request asked for that; also among the <see cref="Parameters"/>.</summary>
    public ResponseTimings? Timings { get; init; }

    /// <summary>Timings and the request's id for logs.</summary>
    public RequestContext Context { get; }

    /// <inheritdoc/>
    public void Dispose() => Outputs.Dispose();
}
