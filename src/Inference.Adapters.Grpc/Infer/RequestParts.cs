using System.Buffers;
using Inference.Adapters.Grpc.Infer.Arrival;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>
/// The fields of one request, whose data stays in the transport's memory until its tensors are made: shapes and datatypes may
/// come after the data that they are needed for. Filled again for each request of a thread.
/// </summary>
internal sealed class RequestParts
{
    // What is larger is left to the garbage collector after its request.
    private const int MostKept = 256;

    [ThreadStatic]
    private static RequestParts? _spare;

    private List<ArrivedEntry>? _arrived;

    private RequestParts()
    {
    }

    /// <summary>The request as it lies in the transport's memory.</summary>
    public ReadOnlySequence<byte> Message { get; private set; }

    public string ModelName { get; set; } = string.Empty;

    public string Version { get; set; } = string.Empty;

    public string Id { get; set; } = string.Empty;

    /// <summary>Parameters of the request; null for none.</summary>
    public Dictionary<string, object?>? Parameters { get; set; }

    public List<InputPart> Inputs { get; } = [];

    public List<OutputPart> Outputs { get; } = [];

    /// <summary>The entries of raw_input_contents.</summary>
    public List<ReadOnlySequence<byte>> Raw { get; } = [];

    /// <summary>Dimensions of all inputs, one input after the other.</summary>
    public List<long> Dimensions { get; } = [];

    /// <summary>Empty parts for a message, the thread's own where it does not use them; given back with <see cref="Return"/>.</summary>
    /// <param name="message">The message.</param>
    /// <param name="arrived">Entries of raw_input_contents that were taken out of it; null for none.</param>
    public static RequestParts Rent(in ReadOnlySequence<byte> message, List<ArrivedEntry>? arrived)
    {
        var parts = _spare ?? new RequestParts();
        _spare = null;
        (parts.Message, parts._arrived) = (message, arrived);
        return parts;
    }

    /// <summary>The memory of an entry that was taken out of the message; null where it stands there.</summary>
    public TensorBuffer? Arrived(int entry)
    {
        for (var i = 0; i < _arrived?.Count; i++)
        {
            var (index, buffer) = _arrived[i];
            if (index == entry)
                return buffer;
        }

        return null;
    }

    /// <summary>Forgets the request.</summary>
    public void Return()
    {
        if (Math.Max(Inputs.Capacity, Outputs.Capacity) > MostKept || Math.Max(Raw.Capacity, Dimensions.Capacity) > MostKept)
            return;
        ModelName = Version = Id = string.Empty;
        (Message, _arrived, Parameters) = (default, null, null);
        Inputs.Clear();
        Outputs.Clear();
        Raw.Clear();
        Dimensions.Clear();
        _spare = this;
    }
}

/// <summary>One input of a request.</summary>
internal struct InputPart
{
    public string Name;

    public string Datatype;

    /// <summary>Where it begins in <see cref="RequestParts.Message"/>, to find its contents again.</summary>
    public SequencePosition Start;

    /// <summary>Its bytes in <see cref="RequestParts.Message"/>.</summary>
    public int Length;

    /// <summary>Where its dimensions begin in <see cref="RequestParts.Dimensions"/>.</summary>
    public int FirstDimension;

    /// <summary>Number of its dimensions.</summary>
    public int Rank;

    /// <summary>What its typed contents hold.</summary>
    public ContentsTally Contents;

    /// <summary>Parameters; null for none.</summary>
    public Dictionary<string, object?>? Parameters;

    /// <summary>Where in shared memory its data is, once its parameters are checked; null where it is in the message.</summary>
    public SharedLocation? Location;
}

/// <summary>One output that a request asks for.</summary>
/// <param name="Name">Name of the output.</param>
/// <param name="Parameters">Parameters; null for none.</param>
internal readonly record struct OutputPart(string Name, Dictionary<string, object?>? Parameters);
