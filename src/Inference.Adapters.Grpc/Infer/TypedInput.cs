using System.Buffers;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>Typed contents of an input to a tensor in pooled memory. The counterpart of <see cref="TypedOutput"/>.</summary>
internal static class TypedInput
{
    /// <summary>The tensor, owned by the caller.</summary>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Shape.</param>
    /// <param name="input">The input; no contents or empty ones are right for a tensor without elements.</param>
    /// <param name="message">The message that it stands in.</param>
    /// <exception cref="InferenceException">InvalidArgument for a wrong field, a wrong number of elements, a value that does not fit.</exception>
    public static Tensor Read(TensorType type, TensorShape shape, ref InputPart input, in ReadOnlySequence<byte> message)
    {
        var field = ContentsFields.Of(type);
        Check(ref input, type, shape, field);
        return type == TensorType.Bytes ? ReadBytes(shape, ref input, message) : Fill(Tensor.Allocate(type, shape), ref input, message);
    }

    private static void Check(ref InputPart input, TensorType type, TensorShape shape, ContentsField field)
    {
        var stray = input.Contents.Stray(field);
        if (field == ContentsField.None && (stray != ContentsField.None || shape.ElementCount > 0))
            throw InferenceException.InvalidArgument($"input {ErrorText.Quote(input.Name)} has datatype {type.ProtocolName()}, which has no typed contents; send it in raw_input_contents.");
        if (stray != ContentsField.None)
        {
            throw InferenceException.InvalidArgument(
                $"input {ErrorText.Quote(input.Name)} of datatype {type.ProtocolName()} has {input.Contents.Count(stray)} elements in {stray.Name()}; expected all in {field.Name()} and no other field.");
        }

        var count = input.Contents.Count(field);
        if (count == shape.ElementCount)
            return;
        throw InferenceException.InvalidArgument(
            count == 0
                ? $"input {ErrorText.Quote(input.Name)} has no data; expected {shape.ElementCount} elements in {field.Name()} for shape {shape}, or its bytes in raw_input_contents."
                : $"input {ErrorText.Quote(input.Name)} has {count} elements in {field.Name()}, expected {shape.ElementCount} for shape {shape}.");
    }

    private static Tensor Fill(Tensor tensor, ref InputPart input, in ReadOnlySequence<byte> message)
    {
        try
        {
            new ElementReader(input.Name, tensor.Type, message.Slice(input.Start, input.Length), tensor.Mutable<byte>()).Read();
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static Tensor ReadBytes(TensorShape shape, ref InputPart input, in ReadOnlySequence<byte> message)
    {
        var length = input.Contents.BytesLength + ((long)TensorDataCheck.LengthPrefix * input.Contents.Count(ContentsField.Bytes));
        var buffer = TensorPool.Shared.Rent(length);
        try
        {
            new ElementReader(input.Name, TensorType.Bytes, message.Slice(input.Start, input.Length), buffer.Memory.Span).Read();
            return Tensor.Wrap(input.Name, TensorType.Bytes, shape, buffer.Memory, buffer);
        }
        catch
        {
            buffer.Release();
            throw;
        }
    }
}
