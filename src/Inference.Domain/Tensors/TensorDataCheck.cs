using System.Buffers.Binary;

namespace Inference.Domain.Tensors;

/// <summary>Checks that raw bytes are exactly the elements that a type and a shape promise.</summary>
public static class TensorDataCheck
{
    /// <summary>Bytes of the length in front of each <see cref="TensorType.Bytes"/> element.</summary>
    public const int LengthPrefix = 4;

    /// <summary>Throws where the data do not fit.</summary>
    /// <exception cref="InferenceException">InvalidArgument, naming the tensor, what was got and what was expected.</exception>
    public static void Validate(string name, TensorType type, TensorShape shape, ReadOnlySpan<byte> data)
    {
        if (type == TensorType.Bytes)
            ValidateBytes(name, shape, data);
        else if (!HasLength(type, shape, data.Length))
            throw Mismatch(name, type, shape, data.Length);
        else if (type == TensorType.Bool && data.ContainsAnyExceptInRange((byte)0, (byte)1))
            throw InferenceException.InvalidArgument($"tensor {ErrorText.Quote(name)} of datatype BOOL holds a byte other than 0 and 1.");
    }

    /// <summary>Throws where the data do not fit. Numbers of any value fit, so that only of BOOL and BYTES more than the length is looked at.</summary>
    /// <exception cref="InferenceException">InvalidArgument, naming the tensor, what was got and what was expected.</exception>
    public static void Validate(string name, TensorType type, TensorShape shape, ReadOnlyMemory<byte> data)
    {
        if (type is TensorType.Bytes or TensorType.Bool)
            Validate(name, type, shape, data.Span);
        else if (!HasLength(type, shape, data.Length))
            throw Mismatch(name, type, shape, data.Length);
    }

    private static bool HasLength(TensorType type, TensorShape shape, int length) =>
        Math.BigMul(shape.ElementCount, (long)type.ElementSize(), out var expected) == 0 && length == expected;

    private static void ValidateBytes(string name, TensorShape shape, ReadOnlySpan<byte> data)
    {
        long elements = 0;
        var rest = data;
        while (!rest.IsEmpty)
        {
            if (rest.Length < LengthPrefix)
                throw Broken(name, elements, $"{rest.Length} bytes are left where a 4-byte length should stand");
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            if (length > rest.Length - LengthPrefix)
                throw Broken(name, elements, $"it claims {length} bytes, but {rest.Length - LengthPrefix} are left");
            rest = rest[(LengthPrefix + (int)length)..];
            elements++;
        }

        if (elements != shape.ElementCount)
        {
            throw InferenceException.InvalidArgument(
                $"tensor {ErrorText.Quote(name)} of datatype BYTES holds {elements} elements, expected {shape.ElementCount} for shape {shape}.");
        }
    }

    private static InferenceException Mismatch(string name, TensorType type, TensorShape shape, long got)
    {
        var size = type.ElementSize();
        return InferenceException.InvalidArgument(
            $"tensor {ErrorText.Quote(name)} has {got} bytes of data, expected {(Int128)shape.ElementCount * size} for {shape.ElementCount} elements of {type.ProtocolName()} ({size} bytes each) in shape {shape}.");
    }

    private static InferenceException Broken(string name, long element, string what) =>
        InferenceException.InvalidArgument(
            $"tensor {ErrorText.Quote(name)} of datatype BYTES is broken at element {element}: {what}. Each element is a 4-byte little-endian length followed by its bytes.");
}
