using Inference.Domain.Execution;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;

namespace Inference.Services.Infer;

/// <summary>One inference request, free of any transport's types. Tensors stay the adapter's, which disposes of them.</summary>
public sealed class InferenceRequest
{
    /// <summary>Name of the model.</summary>
    public required string ModelName { get; init; }

    /// <summary>Version, label, or empty.</summary>
    public string Version { get; init; } = string.Empty;

    /// <summary>The client's id, echoed; may be empty.</summary>
    public string Id { get; init; } = string.Empty;

    /// <summary>Input tensors; the service adds those that are in shared memory.</summary>
    public required TensorSet Inputs { get; init; }

    /// <summary>Inputs that are in shared memory, none of which is among the <see cref="Inputs"/> yet.</summary>
    public IReadOnlyList<SharedInput> SharedInputs { get; init; } = [];

    /// <summary>Outputs asked for, in the order wanted; empty asks for all.</summary>
    public IReadOnlyList<RequestedOutput> Outputs { get; init; } = [];

    /// <summary>Parameters: <see cref="bool"/>, <see cref="long"/>, <see cref="ulong"/>, <see cref="double"/> or <see cref="string"/> by name.</summary>
    public IReadOnlyDictionary<string, object> Parameters { get; init; } = System.Collections.Frozen.FrozenDictionary<string, object>.Empty;

    /// <summary>When the answer is worth nothing any more; null for never. Known to some adapters only after the request is read.</summary>
    public DateTime? DeadlineUtc { get; set; }

    /// <summary>Waits where the server or a queue has no room, instead of being refused: for streams, whose client is then slowed down.</summary>
    public bool WaitsForRoom { get; set; }

    /// <summary>Notes when the stages were; null where the request's trace is not recorded.</summary>
    public RequestTrace? Trace { get; set; }

    /// <summary>Asks to be told which of its answers is the last (<c>triton_enable_empty_final_response</c>).</summary>
    public bool WantsFinalResponse => IsSet(RequestParameters.EmptyFinal);

    private bool IsSet(string parameter) => Parameters.Count > 0 && Parameters.TryGetValue(parameter, out var value) && value is true;
}

/// <summary>One output that a request asks for.</summary>
/// <param name="Name">Name of the output.</param>
/// <param name="Classes">Number of best classes to give as text instead of the numbers; 0 gives the numbers.</param>
/// <param name="Location">Where in shared memory it is wanted; null for the answer itself.</param>
public sealed record RequestedOutput(string Name, int Classes = 0, SharedLocation? Location = null);

/// <summary>An input whose data is in shared memory.</summary>
/// <param name="Name">Name of the input.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Shape.</param>
/// <param name="Location">Where its data is.</param>
public sealed record SharedInput(string Name, TensorType Type, TensorShape Shape, SharedLocation Location);
