using Inference.Adapters.Grpc.Infer.Wire;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>Reads parameters: entries of a map from names to values of several types. The counterpart of <see cref="ParameterWriter"/>.</summary>
internal static class ParameterReader
{
    private const uint Key = (1 << 3) | WireTypes.Length;
    private const uint Value = (2 << 3) | WireTypes.Length;
    private const uint Flag = (InferParameter.BoolParamFieldNumber << 3) | WireTypes.Varint;
    private const uint Signed = (InferParameter.Int64ParamFieldNumber << 3) | WireTypes.Varint;
    private const uint Unsigned = (InferParameter.Uint64ParamFieldNumber << 3) | WireTypes.Varint;
    private const uint Real = (InferParameter.DoubleParamFieldNumber << 3) | WireTypes.Fixed64;
    private const uint Text = (InferParameter.StringParamFieldNumber << 3) | WireTypes.Length;
    private static readonly object True = true;
    private static readonly object False = false;

    /// <summary>Reads one entry and adds it; of several of one name the last one stays. A value is null where none is set.</summary>
    /// <returns>The parameters, made with the first one.</returns>
    public static Dictionary<string, object?>? Read(ref WireReader reader, Dictionary<string, object?>? parameters, ref RequestBounds bounds)
    {
        var (name, value) = (string.Empty, default(object));
        var outer = reader.Enter(reader.ReadLength());
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case Key:
                    name = reader.ReadName();
                    break;
                case Value:
                    value = ReadValue(ref reader);
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        reader.Leave(outer);
        if (++bounds.Parameters > RequestBounds.MostParameters)
            return parameters;
        parameters ??= new Dictionary<string, object?>(StringComparer.Ordinal);
        parameters[name] = value;
        return parameters;
    }

    private static object? ReadValue(ref WireReader reader)
    {
        object? value = null;
        var outer = reader.Enter(reader.ReadLength());
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case Flag:
                    value = reader.ReadVarint() != 0 ? True : False;
                    break;
                case Signed:
                    value = (long)reader.ReadVarint();
                    break;
                case Unsigned:
                    value = reader.ReadVarint();
                    break;
                case Real:
                    value = BitConverter.UInt64BitsToDouble(reader.ReadFixed64());
                    break;
                case Text:
                    value = reader.ReadText();
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        reader.Leave(outer);
        return value;
    }
}
