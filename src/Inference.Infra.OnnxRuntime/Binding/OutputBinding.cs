using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Binding;

/// <summary>Makes tensors of a run's outputs, over the memory that ONNX Runtime wrote them to; strings are copied.</summary>
internal static class OutputBinding
{
    /// <summary>All outputs in the spec's order; takes over every value, also where it throws.</summary>
    public static TensorSet Take(
        IReadOnlyList<TensorSpec> specs, IReadOnlyList<OrtValue> values, ReadOnlySpan<InputBinding> inputs, SessionHandle session, PlacedOutputs? places = null)
    {
        var outputs = new TensorSet(specs.Count);
        var taken = 0;
        try
        {
            for (; taken < specs.Count; taken++)
                outputs.Add(specs[taken].Name, Placed(specs[taken], values[taken], taken, places) ?? Take(specs[taken], values[taken], inputs, session));
            return outputs;
        }
        catch
        {
            outputs.Dispose();
            for (; taken < values.Count; taken++)
                values[taken].Dispose();
            throw;
        }
    }

    private static unsafe Tensor? Placed(TensorSpec spec, OrtValue value, int index, PlacedOutputs? places)
    {
        if (places is null || spec.Type == TensorType.Bytes)
            return null;

        // Only its address is looked at: the memory may be the client's.
        fixed (byte* data = value.GetTensorMutableRawData())
        {
            if (places.Find(index, spec.Type, (nint)data) is not { } tensor)
                return null;
            value.Dispose();
            return tensor;
        }
    }

    private static Tensor Take(TensorSpec spec, OrtValue value, ReadOnlySpan<InputBinding> inputs, SessionHandle session)
    {
        var shape = TensorShape.Create(value.GetTensorTypeAndShape().Shape, spec.Name);
        if (spec.Type == TensorType.Bytes)
            return Copied(value, StringTensors.ToDomain(spec.Name, value, shape));
        if (shape.ElementCount * spec.Type.ElementSize() > int.MaxValue)
            throw TooLarge(spec, shape);

        // An output that is an input by another name lies in the caller's memory, which the caller may take back.
        var data = value.GetTensorMutableRawData();
        foreach (var input in inputs)
        {
            if (input.Holds(data))
                return Copied(value, input.Copy(spec.Type, shape));
        }

        return Wrapped(spec, shape, new OrtValueBuffer(value, data, session));
    }

    private static Tensor Wrapped(TensorSpec spec, TensorShape shape, OrtValueBuffer buffer)
    {
        try
        {
            return Tensor.Wrap(spec.Name, spec.Type, shape, buffer.Memory, buffer);
        }
        catch (InferenceException e)
        {
            // What the model computed is not the caller's fault.
            buffer.Release();
            throw new InferenceException(ErrorCode.ExecutionFailed, $"output: {e.Message}", e);
        }
    }

    private static Tensor Copied(OrtValue value, Tensor copy)
    {
        value.Dispose();
        return copy;
    }

    private static InferenceException TooLarge(TensorSpec spec, TensorShape shape) =>
        new(ErrorCode.ExecutionFailed, $"output {ErrorText.Quote(spec.Name)} came out as {spec.Type.ProtocolName()}{shape}, which is more than 2 GiB; send fewer rows.");
}
