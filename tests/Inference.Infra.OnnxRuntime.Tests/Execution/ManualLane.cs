using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Execution;

namespace Inference.Infra.OnnxRuntime.Tests.Execution;

/// <summary>A lane whose runs end when the test says so, or when they are terminated.</summary>
internal sealed class ManualLane : Lane
{
    private readonly SemaphoreSlim _started = new(0);
    private readonly SemaphoreSlim _finish = new(0);
    private volatile bool _terminated;

    /// <summary>Runs that began.</summary>
    public int Runs { get; private set; }

    public int Resets { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>What runs throw; null for none.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Names of the inputs of all runs, in order.</summary>
    public List<string> Seen { get; } = [];

    /// <summary>Waits until the next run began.</summary>
    public async Task Started() => Assert.That(await _started.WaitAsync(TimeSpan.FromSeconds(30)), Is.True, "no run began");

    /// <summary>Lets that many runs end.</summary>
    public void Finish(int runs = 1) => _finish.Release(runs);

    public override TensorSet Run(TensorSet inputs)
    {
        Runs++;
        Seen.AddRange(inputs.Select(i => i.Name));
        _started.Release();
        Assert.That(_finish.Wait(TimeSpan.FromSeconds(30)), Is.True, "the run was never let go");
        if (_terminated)
            throw new InferenceException(ErrorCode.ExecutionFailed, "terminated");
        return Failure is { } failure ? throw failure : new TensorSet();
    }

    public override void Terminate()
    {
        _terminated = true;
        _finish.Release();
    }

    public override void Reset()
    {
        _terminated = false;
        Resets++;
    }

    protected override void Dispose(bool disposing) => IsDisposed = true;
}
