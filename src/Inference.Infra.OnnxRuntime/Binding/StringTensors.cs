using System.Runtime.InteropServices;
using Inference.Domain.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Binding;

/// <summary>
/// ONNX strings and BYTES elements. Both are byte strings of any content, so nothing is decoded on the way: NUL bytes and
/// text that is no UTF-8 come out as they went in.
/// </summary>
internal static class StringTensors
{
    /// <summary>A native copy of a BYTES tensor; the caller disposes of it.</summary>
    public static OrtValue ToNative(Tensor tensor)
    {
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, ImmutableCollectionsMarshal.AsArray(tensor.Shape.Dimensions)!);
        try
        {
            var index = 0;
            foreach (var element in tensor.BytesElements())
                value.StringTensorSetElementAt(element, index++);
            return value;
        }
        catch
        {
            value.Dispose();
            throw;
        }
    }

    /// <summary>A BYTES tensor with a copy of the native strings.</summary>
    public static Tensor ToDomain(string name, OrtValue value, TensorShape shape)
    {
        var builder = new BytesTensorBuilder();
        for (var i = 0; i < shape.ElementCount; i++)
            builder.Add(value.GetStringElementAsSpan(i));
        return builder.Build(shape, name);
    }
}
