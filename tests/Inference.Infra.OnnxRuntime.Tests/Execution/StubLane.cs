using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Execution;

namespace Inference.Infra.OnnxRuntime.Tests.Execution;

/// <summary>A lane that answers with nothing and tells whether it was freed.</summary>
internal sealed class StubLane : Lane
{
    public int Disposals { get; private set; }

    public override TensorSet Run(TensorSet inputs, IReadOnlyList<OutputPlace> places) => new();

    public override void Terminate()
    {
    }

    public override void Reset()
    {
    }

    protected override void Dispose(bool disposing) => Disposals++;
}
