using System.Buffers;
using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>Makes the input tensors of a request, whose data is copied once, from the transport's memory into pooled memory.</summary>
internal static class RequestTensors
{
    /// <summary>Longest name of an input or output, in characters: names are compared, and told in errors.</summary>
    public const int LongestName = 1024;

    /// <summary>The tensors in the order of the inputs; the caller's.</summary>
    /// <exception cref="InferenceException">InvalidArgument, NotSupported; Overloaded where there is no memory.</exception>
    public static TensorSet Of(RequestParts parts)
    {
        var raw = parts.Raw.Count > 0;
        var inputs = CollectionsMarshal.AsSpan(parts.Inputs);
        if (raw)
            CheckRaw(inputs, parts.Raw.Count);
        var tensors = new TensorSet(inputs.Length);
        try
        {
            for (var i = 0; i < inputs.Length; i++)
                Add(tensors, parts, ref inputs[i], i, raw);
            return tensors;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Throws where a name is too long.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public static void CheckName(string what, string name, int index)
    {
        if (name.Length > LongestName)
            throw InferenceException.InvalidArgument($"the name of the request's {what} {index} has {name.Length} characters; at most {LongestName} are accepted.");
    }

    private static void CheckRaw(Span<InputPart> inputs, int entries)
    {
        foreach (ref var input in inputs)
        {
            CheckParameters(ref input);
            if (input.Contents.Stray(ContentsField.None) is var field and not ContentsField.None)
            {
                throw InferenceException.InvalidArgument(
                    $"input {ErrorText.Quote(input.Name)} has {input.Contents.Count(field)} elements in {field.Name()} though the request has raw_input_contents; send all inputs raw or all typed.");
            }
        }

        if (entries != inputs.Length)
            throw InferenceException.InvalidArgument($"raw_input_contents has {entries} entries for {inputs.Length} inputs; expected one for each input, in their order.");
    }

    private static void Add(TensorSet tensors, RequestParts parts, ref InputPart input, int index, bool raw)
    {
        if (input.Name.Length == 0)
            throw InferenceException.InvalidArgument($"the request's input {index} has no name.");
        CheckName("input", input.Name, index);
        if (!raw)
            CheckParameters(ref input);
        var type = TensorTypeExtensions.Parse(input.Datatype, input.Name);
        var shape = TensorShape.Create(CollectionsMarshal.AsSpan(parts.Dimensions).Slice(input.FirstDimension, input.Rank), input.Name);
        var tensor = raw ? OfRaw(input.Name, type, shape, parts, index) : TypedInput.Read(type, shape, ref input, parts.Message);
        try
        {
            tensors.Add(input.Name, tensor);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static Tensor OfRaw(string name, TensorType type, TensorShape shape, RequestParts parts, int index)
    {
        if (parts.Arrived(index) is not { } buffer)
            return Copy(name, type, shape, parts.Raw[index]);
        var tensor = Tensor.Wrap(name, type, shape, buffer.Memory, buffer);
        buffer.Retain();
        return tensor;
    }

    private static Tensor Copy(string name, TensorType type, TensorShape shape, in ReadOnlySequence<byte> data)
    {
        var buffer = TensorPool.Shared.Rent(data.Length);
        try
        {
            data.CopyTo(buffer.Memory.Span);
            return Tensor.Wrap(name, type, shape, buffer.Memory, buffer);
        }
        catch
        {
            buffer.Release();
            throw;
        }
    }

    private static void CheckParameters(ref InputPart input)
    {
        if (input.Parameters is not null)
            Parameters.CheckTensor($"input {ErrorText.Quote(input.Name)}", input.Parameters);
    }
}
