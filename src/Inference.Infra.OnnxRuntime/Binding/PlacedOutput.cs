using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Binding;

/// <summary>An output that ONNX Runtime writes where the client wants it. Disposed of after the run; the tensor stays.</summary>
/// <param name="Value">A value over the client's memory.</param>
/// <param name="Shape">The shape that it will have.</param>
/// <param name="Range">The client's memory.</param>
internal sealed record PlacedOutput(OrtValue Value, TensorShape Shape, SharedRange Range) : IDisposable
{
    /// <summary>The output where it is wanted; null where it must be copied there after the run.</summary>
    /// <exception cref="InferenceException">InvalidArgument where the room is too small.</exception>
    public static PlacedOutput? Create(ModelSpec spec, TensorSpec output, TensorSet inputs, IReadOnlyList<OutputPlace> places)
    {
        var range = RangeOf(output.Name, places);

        // Bytes are not known before they are there, truth values are looked at before they are handed out, and what a
        // processor cannot address the runtime cannot either.
        if (range is null || range.Address == 0 || output.Type is TensorType.Bytes or TensorType.Bool || range.Address % output.Type.ElementSize() != 0)
            return null;
        if (!OutputShapes.TryPredict(spec, output, inputs, out var shape) || IsReadFrom(range, inputs))
            return null;
        var length = shape.ElementCount * output.Type.ElementSize();
        if (length > range.Length)
            throw PlacedOutputs.NoRoom(output.Name, shape, length, range.Length);
        if (length == 0)
            return null;
        var value = OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, output.Type.ToNative(), ImmutableCollectionsMarshal.AsArray(shape.Dimensions)!, range.Address, length);
        return new PlacedOutput(value, shape, range);
    }

    /// <summary>The tensor, once the run is over.</summary>
    public Tensor ToTensor(TensorType type) => Tensor.Placed(type, Shape, Range, (int)(Shape.ElementCount * type.ElementSize()));

    /// <inheritdoc/>
    public void Dispose() => Value.Dispose();

    private static SharedRange? RangeOf(string output, IReadOnlyList<OutputPlace> places)
    {
        foreach (var place in places)
        {
            if (place.Output == output)
                return place.Range;
        }

        return null;
    }

    // The model would read what it has written.
    private static bool IsReadFrom(SharedRange range, TensorSet inputs)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            if (inputs[i].Tensor.Shared is { } shared && shared.Overlaps(range))
                return true;
        }

        return false;
    }
}
