using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Binding;

/// <summary>
/// The memory of one output, as ONNX Runtime left it. The last release frees the value and then lets the session go: where
/// the memory comes from is the session's affair, and nothing promises that it outlives the session.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The value is freed by the last release.")]
internal sealed unsafe class OrtValueBuffer : TensorBuffer
{
    private readonly OrtValue _value;
    private readonly SessionHandle _session;
    private readonly NativeMemory _memory;

    /// <summary>Takes over the value, whose <paramref name="data"/> must be in host memory.</summary>
    public OrtValueBuffer(OrtValue value, ReadOnlySpan<byte> data, SessionHandle session)
    {
        _memory = new NativeMemory((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(data)), data.Length);
        _value = value;
        _session = session;
        session.Retain();
    }

    public override Memory<byte> Memory => _memory.Memory;

    protected override void Return()
    {
        _memory.Close();
        _value.Dispose();
        _session.Release();
    }
}
