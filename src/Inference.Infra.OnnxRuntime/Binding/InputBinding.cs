using System.Buffers;
using System.Runtime.InteropServices;
using Inference.Domain.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Binding;

/// <summary>
/// One input of a run as ONNX Runtime takes it: over the tensor's own memory, pinned until <see cref="Dispose"/>; strings
/// are copied. Dispose of it only after the run.
/// </summary>
internal readonly unsafe struct InputBinding : IDisposable
{
    private readonly MemoryHandle _pin;
    private readonly Tensor _source;

    private InputBinding(OrtValue value, MemoryHandle pin, Tensor source)
    {
        Value = value;
        _pin = pin;
        _source = source;
    }

    public OrtValue Value { get; }

    public static InputBinding Create(Tensor tensor)
    {
        if (tensor.Type == TensorType.Bytes)
            return new InputBinding(StringTensors.ToNative(tensor), default, tensor);
        var pin = tensor.Data.Pin();
        try
        {
            var value = OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance,
                tensor.Type.ToNative(),
                ImmutableCollectionsMarshal.AsArray(tensor.Shape.Dimensions)!,
                (nint)pin.Pointer,
                tensor.Data.Length);
            return new InputBinding(value, pin, tensor);
        }
        catch
        {
            pin.Dispose();
            throw;
        }
    }

    /// <summary>True where the memory is this input's, so that it would go with it.</summary>
    public bool Holds(ReadOnlySpan<byte> memory)
    {
        if (_pin.Pointer is null || memory.IsEmpty)
            return false;
        fixed (byte* pointer = memory)
            return pointer == _pin.Pointer;
    }

    /// <summary>A copy of the input under another type or shape of as many bytes.</summary>
    public Tensor Copy(TensorType type, TensorShape shape)
    {
        var copy = Tensor.Allocate(type, shape);
        CopyTo(copy.Mutable<byte>());
        return copy;
    }

    /// <summary>Copies the input. Never through <see cref="Value"/>: what is shared with a client must not be read from managed code.</summary>
    public void CopyTo(Span<byte> target) => _source.CopyTo(target);

    public void Dispose()
    {
        Value?.Dispose();
        _pin.Dispose();
    }
}
