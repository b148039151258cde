using Inference.Domain.Models;
using Inference.Infra.OnnxRuntime.Binding;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Sessions;

/// <summary>A lane on the CPU: ONNX Runtime reads the inputs where they are and leaves the outputs where it wrote them.</summary>
internal sealed class CpuLane(SessionHandle session, ModelSpec spec, string label) : SessionLane(session, spec, label)
{
    private readonly OrtValue[] _values = new OrtValue[spec.Inputs.Length];
    private readonly string[] _outputs = [.. spec.Outputs.Select(o => o.Name)];

    protected override IReadOnlyList<OrtValue> Run(ReadOnlySpan<InputBinding> inputs)
    {
        for (var i = 0; i < inputs.Length; i++)
            _values[i] = inputs[i].Value;
        var session = Handle.Session;
        return session.Run(RunOptions, session.InputNames, _values, _outputs);
    }
}
