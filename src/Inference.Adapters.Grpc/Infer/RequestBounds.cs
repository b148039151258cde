using Inference.Domain;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>
/// Counts the parts of a request while it is read. Two bytes on the wire can become an object of a hundred bytes in memory, so
/// that a message within its size limit could otherwise take all memory.
/// </summary>
internal struct RequestBounds
{
    /// <summary>Most inputs of one request.</summary>
    public const int MostInputs = 4096;

    /// <summary>Most outputs that one request may ask for.</summary>
    public const int MostOutputs = 4096;

    /// <summary>Most parameters of a request and all its tensors together.</summary>
    public const int MostParameters = 65_536;

    /// <summary>Most elements of bytes_contents of all inputs together; two bytes on the wire may stand for one.</summary>
    public const int MostBytesElements = 1 << 21;

    /// <summary>Most bytes of the shapes of all inputs together: a dimension of one byte takes eight in memory.</summary>
    public const int MostShapeBytes = 1 << 20;

    public int Inputs;

    public int Outputs;

    public int Parameters;

    public int RawEntries;

    public long BytesElements;

    private long _shapeBytes;

    /// <summary>Keeps a dimension that took so many bytes, unless there are too many.</summary>
    public void AddDimension(List<long> dimensions, ulong value, long bytes)
    {
        _shapeBytes += bytes;
        if (_shapeBytes <= MostShapeBytes)
            dimensions.Add((long)value);
    }

    /// <summary>Throws where there are too many parts.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public readonly void Check()
    {
        Check("inputs", Inputs, MostInputs);
        Check("requested outputs", Outputs, MostOutputs);
        Check("parameters", Parameters, MostParameters);
        Check("entries in raw_input_contents", RawEntries, MostInputs);
        Check("bytes of shapes", _shapeBytes, MostShapeBytes);
        if (BytesElements > MostBytesElements)
        {
            throw InferenceException.InvalidArgument(
                $"the request has {BytesElements} elements in bytes_contents; at most {MostBytesElements} are accepted. Send them in raw_input_contents, each after its length in four bytes.");
        }
    }

    private static void Check(string what, long count, int most)
    {
        if (count > most)
            throw InferenceException.InvalidArgument($"the request has {count} {what}; at most {most} are accepted.");
    }
}
