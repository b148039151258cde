using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;

namespace Inference.Infra.Tests.Queue.Fakes;

/// <summary>A lane that computes on the test's thread, and lets the test do things in the middle of a run.</summary>
internal sealed class FakeLane(Func<TensorSet, TensorSet> model) : ILane
{
    private bool _isTerminated;

    /// <summary>What happens in the middle of the next run.</summary>
    public Action? During { get; set; }

    /// <summary>What happens on the thread that ends a run early.</summary>
    public Action? WhenTerminated { get; set; }

    /// <summary>Rows of every run so far.</summary>
    public List<long> Runs { get; } = [];

    /// <summary>First values of every run so far, by which a test sees what ran and in which order.</summary>
    public List<float[]> Seen { get; } = [];

    public int Terminations { get; private set; }

    public int Resets { get; private set; }

    public TensorSet Run(TensorSet inputs)
    {
        Assert.That(_isTerminated, Is.False, "the lane was not reset after its last run was terminated");
        Runs.Add(inputs[0].Tensor.Shape.Rank == 0 ? 1 : inputs[0].Tensor.Shape[0]);
        if (inputs[0].Tensor.Type == TensorType.Float32)
            Seen.Add([.. inputs[0].Tensor.AsSpan<float>()]);
        var during = During;
        During = null;
        during?.Invoke();
        return _isTerminated ? throw new InferenceException(ErrorCode.ExecutionFailed, "terminated") : model(inputs);
    }

    public void Terminate()
    {
        Terminations++;
        _isTerminated = true;
        WhenTerminated?.Invoke();
    }

    public void Reset()
    {
        Resets++;
        _isTerminated = false;
    }
}
