using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Remote;

/// <summary>Turns the protocol's typed contents into the elements of a tensor.</summary>
internal static class TypedContents
{
    /// <summary>The elements, row-major and little-endian; how many there are is for the caller to check.</summary>
    /// <exception cref="InferenceException">InvalidArgument for values outside the datatype, and for datatypes that travel raw only.</exception>
    public static ReadOnlyMemory<byte> ToBytes(string name, TensorType type, InferTensorContents? contents)
    {
        contents ??= new InferTensorContents();
        return type switch
        {
            TensorType.Bool => contents.BoolContents.Select(b => b ? (byte)1 : (byte)0).ToArray(),
            TensorType.Int8 => Narrow<int, sbyte>(name, type, contents.IntContents),
            TensorType.Int16 => Narrow<int, short>(name, type, contents.IntContents),
            TensorType.Int32 => Bytes(contents.IntContents.ToArray()),
            TensorType.Int64 => Bytes(contents.Int64Contents.ToArray()),
            TensorType.UInt8 => Narrow<uint, byte>(name, type, contents.UintContents),
            TensorType.UInt16 => Narrow<uint, ushort>(name, type, contents.UintContents),
            TensorType.UInt32 => Bytes(contents.UintContents.ToArray()),
            TensorType.UInt64 => Bytes(contents.Uint64Contents.ToArray()),
            TensorType.Float32 => Bytes(contents.Fp32Contents.ToArray()),
            TensorType.Float64 => Bytes(contents.Fp64Contents.ToArray()),
            TensorType.Bytes => Prefixed(contents.BytesContents),
            _ => throw InferenceException.InvalidArgument($"output {ErrorText.Quote(name)} of datatype {type.ProtocolName()} has no raw contents, in which alone it can travel."),
        };
    }

    private static byte[] Narrow<TWide, TNarrow>(string name, TensorType type, IReadOnlyList<TWide> values)
        where TWide : unmanaged, IBinaryInteger<TWide>
        where TNarrow : unmanaged, IBinaryInteger<TNarrow>
    {
        var narrow = new TNarrow[values.Count];
        for (var i = 0; i < narrow.Length; i++)
        {
            narrow[i] = TNarrow.CreateTruncating(values[i]);
            if (TWide.CreateTruncating(narrow[i]) != values[i])
                throw InferenceException.InvalidArgument($"output {ErrorText.Quote(name)}: element {i} is {values[i]}, which is no {type.ProtocolName()}.");
        }

        return Bytes(narrow);
    }

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();

    private static byte[] Prefixed(IEnumerable<ByteString> elements)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (var element in elements)
        {
            writer.Write(element.Length);
            writer.Write(element.Span);
        }

        return stream.ToArray();
    }
}
