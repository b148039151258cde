using System.Numerics;
using Inference.Adapters.Grpc.Infer.Wire;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>A tensor as typed contents. The counterpart of <see cref="TypedInput"/>. The datatype must have a field, see <see cref="ContentsFields.Of"/>.</summary>
internal static class TypedOutput
{
    private const byte BytesElement = (InferTensorContents.BytesContentsFieldNumber << 3) | (byte)WireTypes.Length;

    /// <summary>Bytes of the contents.</summary>
    public static long Size(Tensor tensor)
    {
        if (tensor.Type != TensorType.Bytes)
            return tensor.Data.IsEmpty ? 0 : WireWriter.SizeOfPart(PackedSize(tensor));
        long size = 0;
        foreach (var element in tensor.BytesElements())
            size += WireWriter.SizeOfPart((long)element.Length);
        return size;
    }

    /// <summary>Writes the contents, without their tag and length.</summary>
    public static void Write(ref WireWriter writer, Tensor tensor)
    {
        if (tensor.Type == TensorType.Bytes)
        {
            foreach (var element in tensor.BytesElements())
            {
                writer.WriteHead(BytesElement, element.Length);
                writer.Write(element);
            }
        }
        else if (!tensor.Data.IsEmpty)
        {
            writer.WriteHead((byte)((((int)ContentsFields.Of(tensor.Type) + 1) << 3) | (byte)WireTypes.Length), PackedSize(tensor));
            WritePacked(ref writer, tensor);
        }
    }

    private static long PackedSize(Tensor tensor) => tensor.Type switch
    {
        TensorType.Int8 => PackedSize<sbyte>(tensor),
        TensorType.Int16 => PackedSize<short>(tensor),
        TensorType.Int32 => PackedSize<int>(tensor),
        TensorType.Int64 => PackedSize<long>(tensor),
        TensorType.UInt8 => PackedSize<byte>(tensor),
        TensorType.UInt16 => PackedSize<ushort>(tensor),
        TensorType.UInt32 => PackedSize<uint>(tensor),
        TensorType.UInt64 => PackedSize<ulong>(tensor),
        _ => tensor.Data.Length,
    };

    private static void WritePacked(ref WireWriter writer, Tensor tensor)
    {
        switch (tensor.Type)
        {
            case TensorType.Int8:
                WritePacked<sbyte>(ref writer, tensor);
                break;
            case TensorType.Int16:
                WritePacked<short>(ref writer, tensor);
                break;
            case TensorType.Int32:
                WritePacked<int>(ref writer, tensor);
                break;
            case TensorType.Int64:
                WritePacked<long>(ref writer, tensor);
                break;
            case TensorType.UInt8:
                WritePacked<byte>(ref writer, tensor);
                break;
            case TensorType.UInt16:
                WritePacked<ushort>(ref writer, tensor);
                break;
            case TensorType.UInt32:
                WritePacked<uint>(ref writer, tensor);
                break;
            case TensorType.UInt64:
                WritePacked<ulong>(ref writer, tensor);
                break;
            default:
                // Truth values take a byte of 0 or 1, floating-point numbers their own bytes: both forms are the same.
                writer.Write(tensor.Data.Span);
                break;
        }
    }

    private static long PackedSize<T>(Tensor tensor)
        where T : unmanaged, IBinaryInteger<T>
    {
        long size = 0;
        foreach (var value in tensor.AsSpan<T>())
            size += WireWriter.SizeOf(Widened(value));
        return size;
    }

    private static void WritePacked<T>(ref WireWriter writer, Tensor tensor)
        where T : unmanaged, IBinaryInteger<T>
    {
        foreach (var value in tensor.AsSpan<T>())
            writer.WriteVarint(Widened(value));
    }

    // A negative number is written as its 64 bits, whatever its own width.
    private static ulong Widened<T>(T value)
        where T : unmanaged, IBinaryInteger<T> => ulong.CreateTruncating(long.CreateTruncating(value));
}
