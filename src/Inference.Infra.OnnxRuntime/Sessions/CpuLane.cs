using Inference.Domain.Models;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Binding;
using Inference.Infra.OnnxRuntime.Native;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Sessions;

/// <summary>
/// A lane on the CPU: ONNX Runtime reads the inputs where they are and leaves the outputs where it wrote them, which is where
/// they are wanted, if their size is known before the run.
/// </summary>
internal sealed class CpuLane(SessionHandle session, ModelSpec spec, string label) : SessionLane(session, spec, label)
{
    private readonly NativeRun _run = new(session.Session, spec.Inputs.Select(i => i.Name), spec.Outputs.Select(o => o.Name));
    private OrtIoBinding? _binding;
    private bool _hasFailedPlaced;
    private bool _foretellsWrong;

    protected override IReadOnlyList<OrtValue> Run(ReadOnlySpan<InputBinding> inputs)
    {
        for (var i = 0; i < inputs.Length; i++)
            _run.SetInput(i, inputs[i].Value);
        var outputs = _run.Run(RunOptions);

        // It is not the request that is at fault: the outputs have other shapes than the spec lets expect.
        _foretellsWrong |= _hasFailedPlaced;
        return outputs;
    }

    protected override TensorSet? RunPlaced(ReadOnlySpan<InputBinding> bindings, TensorSet inputs, IReadOnlyList<OutputPlace> places)
    {
        _hasFailedPlaced = false;
        if (places.Count == 0 || _foretellsWrong)
            return null;
        using var placed = PlacedOutputs.Create(Spec, inputs, places);
        if (placed is null)
            return null;
        _binding ??= Handle.Session.CreateIoBinding();
        try
        {
            for (var i = 0; i < bindings.Length; i++)
                _binding.BindInput(Spec.Inputs[i].Name, bindings[i].Value);
            placed.Bind(_binding, Spec.Outputs);
            Handle.Session.RunWithBinding(RunOptions, _binding);
            return OutputBinding.Take(Spec.Outputs, _binding.GetOutputValues(), bindings, Handle, placed);
        }
        catch (OnnxRuntimeException) when (!RunOptions.Terminate)
        {
            _hasFailedPlaced = true;
            return null;
        }
        finally
        {
            _binding.ClearBoundInputs();
            _binding.ClearBoundOutputs();
        }
    }

    protected override void Dispose(bool disposing)
    {
        _binding?.Dispose();
        _run.Dispose();
        base.Dispose(disposing);
    }
}
