using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>Typed contents of an input to a tensor in pooled memory. The counterpart of <see cref="TypedContents"/>.</summary>
internal static class TypedInput
{
    private static readonly InferTensorContents Empty = new();

    /// <summary>The tensor, owned by the caller.</summary>
    /// <param name="name">Named in errors.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Shape.</param>
    /// <param name="given">Contents; null or empty are right for a tensor without elements.</param>
    /// <exception cref="InferenceException">InvalidArgument for a wrong field, a wrong number of elements, a value that does not fit.</exception>
    public static Tensor Decode(string name, TensorType type, TensorShape shape, InferTensorContents? given)
    {
        var contents = given ?? Empty;
        var field = ContentsFields.Of(type);
        Check(name, type, shape, contents, field);
        if (type == TensorType.Bytes)
            return DecodeBytes(name, shape, contents.BytesContents);
        var tensor = Tensor.Allocate(type, shape);
        try
        {
            Fill(name, tensor, contents);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static void Check(string name, TensorType type, TensorShape shape, InferTensorContents contents, ContentsField field)
    {
        var stray = contents.Stray(field);
        if (field == ContentsField.None && (stray != ContentsField.None || shape.ElementCount > 0))
            throw InferenceException.InvalidArgument($"input {ErrorText.Quote(name)} has datatype {type.ProtocolName()}, which has no typed contents; send it in raw_input_contents.");
        if (stray != ContentsField.None)
        {
            throw InferenceException.InvalidArgument(
                $"input {ErrorText.Quote(name)} of datatype {type.ProtocolName()} has {contents.Count(stray)} elements in {stray.Name()}; expected all in {field.Name()} and no other field.");
        }

        var count = contents.Count(field);
        if (count == shape.ElementCount)
            return;
        throw InferenceException.InvalidArgument(
            count == 0
                ? $"input {ErrorText.Quote(name)} has no data; expected {shape.ElementCount} elements in {field.Name()} for shape {shape}, or its bytes in raw_input_contents."
                : $"input {ErrorText.Quote(name)} has {count} elements in {field.Name()}, expected {shape.ElementCount} for shape {shape}.");
    }

    private static void Fill(string name, Tensor tensor, InferTensorContents contents)
    {
        switch (tensor.Type)
        {
            case TensorType.Bool:
                Copy(contents.BoolContents, tensor);
                break;
            case TensorType.Int8:
                Narrow<int, sbyte>(name, contents.IntContents, tensor);
                break;
            case TensorType.Int16:
                Narrow<int, short>(name, contents.IntContents, tensor);
                break;
            case TensorType.Int32:
                Copy(contents.IntContents, tensor);
                break;
            case TensorType.Int64:
                Copy(contents.Int64Contents, tensor);
                break;
            case TensorType.UInt8:
                Narrow<uint, byte>(name, contents.UintContents, tensor);
                break;
            case TensorType.UInt16:
                Narrow<uint, ushort>(name, contents.UintContents, tensor);
                break;
            case TensorType.UInt32:
                Copy(contents.UintContents, tensor);
                break;
            case TensorType.UInt64:
                Copy(contents.Uint64Contents, tensor);
                break;
            case TensorType.Float32:
                Copy(contents.Fp32Contents, tensor);
                break;
            case TensorType.Float64:
                Copy(contents.Fp64Contents, tensor);
                break;
        }
    }

    private static void Copy<T>(RepeatedField<T> from, Tensor to)
        where T : unmanaged => MemoryMarshal.AsBytes(UnsafeCollectionOperations.AsSpan(from)).CopyTo(to.Mutable<byte>());

    private static void Narrow<TWide, TNarrow>(string name, RepeatedField<TWide> from, Tensor to)
        where TWide : unmanaged, IBinaryInteger<TWide>
        where TNarrow : unmanaged, IBinaryInteger<TNarrow>, IMinMaxValue<TNarrow>
    {
        var source = UnsafeCollectionOperations.AsSpan(from);
        var target = to.Mutable<TNarrow>();
        for (var i = 0; i < source.Length; i++)
        {
            var value = TNarrow.CreateTruncating(source[i]);
            if (TWide.CreateTruncating(value) != source[i])
            {
                throw InferenceException.InvalidArgument(
                    $"input {ErrorText.Quote(name)} of datatype {to.Type.ProtocolName()} holds {source[i]} at element {i}; expected {TNarrow.MinValue} to {TNarrow.MaxValue}.");
            }

            target[i] = value;
        }
    }

    private static Tensor DecodeBytes(string name, TensorShape shape, RepeatedField<ByteString> elements)
    {
        long length = 0;
        foreach (var element in elements)
            length += TensorDataCheck.LengthPrefix + element.Length;
        var buffer = TensorPool.Shared.Rent(length);
        try
        {
            var rest = buffer.Memory.Span;
            foreach (var element in elements)
            {
                BinaryPrimitives.WriteInt32LittleEndian(rest, element.Length);
                element.Span.CopyTo(rest[TensorDataCheck.LengthPrefix..]);
                rest = rest[(TensorDataCheck.LengthPrefix + element.Length)..];
            }

            return Tensor.Wrap(name, TensorType.Bytes, shape, buffer.Memory, buffer);
        }
        catch
        {
            buffer.Release();
            throw;
        }
    }
}
