using System.Runtime.InteropServices;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Binding;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Sessions;

/// <summary>
/// A lane on a CUDA device. Inputs are copied to page-locked memory, from where the device fetches them at full speed;
/// outputs come back into page-locked memory. The staging memory is kept for as long as shapes stay the same.
/// </summary>
internal sealed class CudaLane : SessionLane
{
    private readonly int _device;
    private readonly OrtValue?[] _staging;
    private readonly TensorShape[] _shapes;
    private OrtIoBinding? _binding;
    private OrtMemoryInfo? _pinned;
    private OrtAllocator? _allocator;

    public CudaLane(SessionHandle session, ModelSpec spec, string label, int device)
        : base(session, spec, label)
    {
        _device = device;
        _staging = new OrtValue?[spec.Inputs.Length];
        _shapes = new TensorShape[spec.Inputs.Length];
    }

    protected override IReadOnlyList<OrtValue> Run(ReadOnlySpan<InputBinding> inputs)
    {
        // Made by the first run, so that its failure is that run's and not the queue's.
        _pinned ??= new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA_PINNED, OrtAllocatorType.DeviceAllocator, _device, OrtMemType.CpuOutput);
        _allocator ??= new OrtAllocator(Handle.Session, _pinned);
        _binding ??= Handle.Session.CreateIoBinding();
        try
        {
            for (var i = 0; i < inputs.Length; i++)
                _binding.BindInput(Spec.Inputs[i].Name, Spec.Inputs[i].Type == TensorType.Bytes ? inputs[i].Value : Stage(i, inputs[i]));
            foreach (var output in Spec.Outputs)
                _binding.BindOutputToDevice(output.Name, output.Type == TensorType.Bytes ? OrtMemoryInfo.DefaultInstance : _pinned);
            _binding.SynchronizeBoundInputs();
            Handle.Session.RunWithBinding(RunOptions, _binding);
            _binding.SynchronizeBoundOutputs();
            return _binding.GetOutputValues();
        }
        finally
        {
            _binding.ClearBoundInputs();
            _binding.ClearBoundOutputs();
        }
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var value in _staging)
            value?.Dispose();
        _binding?.Dispose();
        _allocator?.Dispose();
        _pinned?.Dispose();
        base.Dispose(disposing);
    }

    private OrtValue Stage(int index, in InputBinding source)
    {
        var shape = TensorShape.Of(source.Value.GetTensorTypeAndShape().Shape);
        if (_staging[index] is null || _shapes[index] != shape)
        {
            _staging[index]?.Dispose();
            _staging[index] = null;
            _staging[index] = OrtValue.CreateAllocatedTensorValue(
                _allocator!, Spec.Inputs[index].Type.ToNative(), ImmutableCollectionsMarshal.AsArray(shape.Dimensions)!);
            _shapes[index] = shape;
        }

        var staging = _staging[index]!;
        source.CopyTo(staging.GetTensorMutableRawData());
        return staging;
    }
}
