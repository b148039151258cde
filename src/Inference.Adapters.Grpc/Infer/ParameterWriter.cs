using Inference.Adapters.Grpc.Infer.Wire;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>Writes parameters as entries of a map. The counterpart of <see cref="ParameterReader"/>.</summary>
internal static class ParameterWriter
{
    private const byte Key = (1 << 3) | (byte)WireTypes.Length;
    private const byte Value = (2 << 3) | (byte)WireTypes.Length;
    private const byte Flag = (InferParameter.BoolParamFieldNumber << 3) | (byte)WireTypes.Varint;
    private const byte Signed = (InferParameter.Int64ParamFieldNumber << 3) | (byte)WireTypes.Varint;
    private const byte Unsigned = (InferParameter.Uint64ParamFieldNumber << 3) | (byte)WireTypes.Varint;
    private const byte Real = (InferParameter.DoubleParamFieldNumber << 3) | (byte)WireTypes.Fixed64;
    private const byte Text = (InferParameter.StringParamFieldNumber << 3) | (byte)WireTypes.Length;

    /// <summary>Bytes of all parameters, each with a tag of one byte and its length.</summary>
    public static long Size(IReadOnlyDictionary<string, object> parameters)
    {
        if (parameters.Count == 0)
            return 0;
        long size = 0;
        foreach (var (name, value) in parameters)
            size += WireWriter.SizeOfPart(EntrySize(name, value));
        return size;
    }

    /// <summary>Writes all parameters, each under that tag.</summary>
    public static void Write(ref WireWriter writer, byte tag, IReadOnlyDictionary<string, object> parameters)
    {
        if (parameters.Count == 0)
            return;
        foreach (var (name, value) in parameters)
        {
            writer.WriteHead(tag, EntrySize(name, value));
            writer.Write(Key, name);
            writer.WriteHead(Value, ValueSize(value));
            WriteValue(ref writer, value);
        }
    }

    private static long EntrySize(string name, object value) => WireWriter.SizeOf(name) + WireWriter.SizeOfPart(ValueSize(value));

    // The one that is set is written also where it is 0 or empty.
    private static long ValueSize(object value) => value switch
    {
        bool => 2,
        long number => 1 + WireWriter.SizeOf((ulong)number),
        ulong number => 1 + WireWriter.SizeOf(number),
        double => 1 + sizeof(double),
        string text => text.Length == 0 ? 2 : WireWriter.SizeOf(text),
        _ => throw new ArgumentException($"a parameter cannot be a {value.GetType().Name}.", nameof(value)),
    };

    private static void WriteValue(ref WireWriter writer, object value)
    {
        switch (value)
        {
            case bool flag:
                writer.WriteByte(Flag);
                writer.WriteByte(flag ? (byte)1 : (byte)0);
                break;
            case long number:
                writer.WriteByte(Signed);
                writer.WriteVarint((ulong)number);
                break;
            case ulong number:
                writer.WriteByte(Unsigned);
                writer.WriteVarint(number);
                break;
            case double number:
                writer.WriteByte(Real);
                writer.WriteDouble(number);
                break;
            case string { Length: 0 }:
                writer.WriteHead(Text, 0);
                break;
            case string text:
                writer.Write(Text, text);
                break;
        }
    }
}
