using System.Buffers;
using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>Makes the input tensors of a request, whose data is copied once, from the transport's memory into pooled memory.</summary>
internal static class RequestTensors
{
    /// <summary>Longest name of an input or output, in characters: names are compared, and told in errors.</summary>
    public const int LongestName = 1024;

    /// <summary>The tensors whose data is in the message, in the order of the inputs; the caller's.</summary>
    /// <param name="parts">The request.</param>
    /// <param name="shared">The inputs whose data is in shared memory, in their order.</param>
    /// <exception cref="InferenceException">InvalidArgument, NotSupported; Overloaded where there is no memory.</exception>
    public static TensorSet Of(RequestParts parts, out IReadOnlyList<SharedInput> shared)
    {
        var raw = parts.Raw.Count > 0;
        var inputs = CollectionsMarshal.AsSpan(parts.Inputs);
        if (raw)
            CheckRaw(inputs, parts.Raw.Count);
        var tensors = new TensorSet(inputs.Length);
        List<SharedInput>? elsewhere = null;
        try
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                if (Read(parts, ref inputs[i], i, raw, i - (elsewhere?.Count ?? 0), tensors) is { } input)
                    (elsewhere ??= []).Add(input);
            }

            shared = elsewhere ?? (IReadOnlyList<SharedInput>)[];
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
        var shared = 0;
        foreach (ref var input in inputs)
        {
            CheckParameters(ref input);
            shared += input.Location is null ? 0 : 1;
            if (input.Location is null && input.Contents.Stray(ContentsField.None) is var field and not ContentsField.None)
            {
                throw InferenceException.InvalidArgument(
                    $"input {ErrorText.Quote(input.Name)} has {input.Contents.Count(field)} elements in {field.Name()} though the request has raw_input_contents; send all inputs raw or all typed.");
            }
        }

        if (entries == inputs.Length - shared)
            return;
        throw InferenceException.InvalidArgument(
            shared == 0
                ? $"raw_input_contents has {entries} entries for {inputs.Length} inputs; expected one for each input, in their order."
                : $"raw_input_contents has {entries} entries for {inputs.Length} inputs, {shared} of them in shared memory; expected one for each of the others, in their order.");
    }

    // Adds the tensor, or returns the input whose data is not in the message.
    private static SharedInput? Read(RequestParts parts, ref InputPart input, int index, bool raw, int rawIndex, TensorSet tensors)
    {
        if (input.Name.Length == 0)
            throw InferenceException.InvalidArgument($"the request's input {index} has no name.");
        CheckName("input", input.Name, index);
        if (!raw)
            CheckParameters(ref input);
        var type = TensorTypeExtensions.Parse(input.Datatype, input.Name);
        var shape = TensorShape.Create(CollectionsMarshal.AsSpan(parts.Dimensions).Slice(input.FirstDimension, input.Rank), input.Name);
        if (input.Location is not null)
            return Shared(ref input, type, shape);
        var tensor = raw ? OfRaw(input.Name, type, shape, parts, rawIndex) : TypedInput.Read(type, shape, ref input, parts.Message);
        try
        {
            tensors.Add(input.Name, tensor);
            return null;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private static SharedInput Shared(ref InputPart input, TensorType type, TensorShape shape)
    {
        if (input.Contents.Stray(ContentsField.None) is var field and not ContentsField.None)
        {
            throw InferenceException.InvalidArgument(
                $"input {ErrorText.Quote(input.Name)} has {input.Contents.Count(field)} elements in {field.Name()} though its data is in shared memory; send it in one of both.");
        }

        return new SharedInput(input.Name, type, shape, input.Location!);
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
            input.Location = Parameters.CheckTensor($"input {ErrorText.Quote(input.Name)}", input.Parameters);
    }
}
