using System.Collections.Frozen;
using Inference.Domain;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>
/// One answer as it goes onto the wire: outputs, or on a stream the text of an error. Owns its outputs until it
/// is disposed of, which must come after it is written and also where it never is. Used by one thread at a time.
/// </summary>
internal sealed class InferAnswer : IDisposable
{
    // A message holds at most 2 GiB; the rest is room for names and shapes.
    private const long MostBytes = int.MaxValue - (1 << 20);

    // A negative INT8 takes ten bytes in typed form.
    private const int WorstGrowth = 10;

    private readonly IReadOnlyList<SharedLocation?> _locations;

    /// <summary>The answer of a service.</summary>
    /// <param name="response">The answer's from here on; where this throws it is still the caller's.</param>
    /// <param name="form">Form of the request, which the answer takes where its datatypes and its size allow.</param>
    /// <param name="parameters">What is told beside the outputs; null for the response's own parameters.</param>
    /// <exception cref="InferenceException">MessageTooLarge where no message can hold the outputs.</exception>
    public InferAnswer(InferenceResponse response, TensorForm form, IReadOnlyDictionary<string, object>? parameters = null)
        : this(response.ModelName, response.Version, response.Id, parameters ?? response.Parameters, response.Outputs, form, response.Locations)
    {
    }

    /// <summary>An answer with these outputs, or without any, as the last one to a request that was answered several times.</summary>
    /// <param name="modelName">Model that answers.</param>
    /// <param name="version">Version that answers.</param>
    /// <param name="id">The client's id; may be empty.</param>
    /// <param name="parameters">What is told; null for nothing.</param>
    /// <param name="outputs">The answer's from here on; where this throws they are still the caller's.</param>
    /// <param name="form">Form of the request.</param>
    /// <param name="locations">For each output where in shared memory it is, or null; null or empty where none is there.</param>
    /// <exception cref="InferenceException">MessageTooLarge where no message can hold the outputs.</exception>
    public InferAnswer(
        string modelName,
        string version,
        string id,
        IReadOnlyDictionary<string, object>? parameters = null,
        TensorSet? outputs = null,
        TensorForm form = TensorForm.Raw,
        IReadOnlyList<SharedLocation?>? locations = null)
    {
        _locations = locations ?? [];
        (ModelName, Version, Id, Parameters) = (modelName, version, id, parameters ?? FrozenDictionary<string, object>.Empty);
        Outputs = outputs;
        Form = outputs is null ? form : FormOf(outputs, form);
        HasRawContents = Form == TensorForm.Raw && HasContents();
    }

    /// <summary>Name of the model that answered.</summary>
    public string ModelName { get; }

    /// <summary>Version that answered.</summary>
    public string Version { get; }

    /// <summary>The client's id; may be empty.</summary>
    public string Id { get; }

    /// <summary>Bool, long, ulong, double or string by name.</summary>
    public IReadOnlyDictionary<string, object> Parameters { get; }

    /// <summary>The outputs in their order; null for none.</summary>
    public TensorSet? Outputs { get; }

    /// <summary>How the outputs are written.</summary>
    public TensorForm Form { get; }

    /// <summary>
    /// The answer carries outputs as bytes: then one entry for each output, an empty one where its data is in shared memory,
    /// so that entries and outputs have the same order.
    /// </summary>
    public bool HasRawContents { get; }

    /// <summary>Text of the error that a stream tells in place of outputs; empty for none. Not written by the unary method.</summary>
    public string Error { get; private init; } = string.Empty;

    /// <summary>The answer to a request of a stream that failed.</summary>
    /// <param name="id">The client's id; may be empty.</param>
    /// <param name="error">Text for the client, bounded; not empty.</param>
    /// <param name="parameters">What is told beside the error; null for nothing.</param>
    public static InferAnswer Failed(string id, string error, IReadOnlyDictionary<string, object>? parameters = null) =>
        new(string.Empty, string.Empty, id, parameters) { Error = error };

    /// <summary>Where in shared memory the data of an output is, which is then not part of the answer; null where it is.</summary>
    public SharedLocation? LocationOf(int output) => output < _locations.Count ? _locations[output] : null;

    /// <summary>The bytes of an output that are part of the answer; none where they are in shared memory.</summary>
    public ReadOnlyMemory<byte> DataOf(int output) => LocationOf(output) is null ? Outputs![output].Tensor.Data : default;

    /// <summary>Gives the outputs' memory back; safe to call more than once.</summary>
    public void Dispose() => Outputs?.Dispose();

    private bool HasContents()
    {
        for (var i = 0; i < Outputs?.Count; i++)
        {
            if (LocationOf(i) is null)
                return true;
        }

        return false;
    }

    private TensorForm FormOf(TensorSet outputs, TensorForm asked)
    {
        long bytes = 0;
        var typed = asked == TensorForm.Typed;
        for (var i = 0; i < outputs.Count; i++)
        {
            if (LocationOf(i) is not null)
                continue;
            bytes += outputs[i].Tensor.Data.Length;

            // The forms must not be mixed, so one output that has no typed form makes all of them raw.
            typed = typed && ContentsFields.Of(outputs[i].Tensor.Type) != ContentsField.None;
        }

        if (bytes > MostBytes)
            throw new InferenceException(ErrorCode.MessageTooLarge, $"the outputs have {bytes} bytes, more than one message holds; ask for fewer outputs or send fewer rows.");
        return typed && bytes <= MostBytes / WorstGrowth ? TensorForm.Typed : TensorForm.Raw;
    }
}
