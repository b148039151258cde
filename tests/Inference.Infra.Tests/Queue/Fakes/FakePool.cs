using Inference.Domain.Execution;
using Inference.Domain.Tensors;

namespace Inference.Infra.Tests.Queue.Fakes;

/// <summary>
/// Lanes that run when the test says so. Like a real pool it asks its source only after a signal, until nothing is there, so
/// that a signal that was forgotten shows.
/// </summary>
internal sealed class FakePool : ILanePool
{
    private IRunSource? _source;
    private bool _isSignalled;

    public FakePool(int lanes, Func<TensorSet, TensorSet> model)
    {
        Info = new ExecutorInfo("test", lanes);
        Lanes = [.. Enumerable.Range(0, lanes).Select(_ => new FakeLane(model))];
        Inline = new FakeLane(model);
    }

    public ExecutorInfo Info { get; }

    public IReadOnlyList<FakeLane> Lanes { get; }

    public FakeLane Lane => Lanes[0];

    /// <summary>What callers get; null where none is free.</summary>
    public FakeLane? Inline { get; set; }

    public bool IsStopped { get; set; }

    public bool IsDisposed { get; private set; }

    public int Returned { get; private set; }

    /// <summary>What happens before disposal is done: runs that are still under way.</summary>
    public Action? WhileDisposed { get; set; }

    public void Attach(IRunSource source) => _source = source;

    public bool Signal() => !IsStopped && (_isSignalled = true);

    public bool TryRent(out ILane lane)
    {
        lane = Inline!;
        return Inline is not null;
    }

    public void Return(ILane lane) => Returned++;

    /// <summary>What a free lane would run; null where nothing is to be run now.</summary>
    public IRun? Take()
    {
        if (!_isSignalled)
            return null;
        _isSignalled = false;
        var run = _source!.Next(out _);
        _isSignalled |= run is not null;
        return run;
    }

    /// <summary>Runs once on a lane; false where nothing was to be run.</summary>
    public bool RunOne(int lane = 0)
    {
        // Asking may admit requests, for which it signals.
        if ((Take() ?? Take()) is not { } run)
            return false;
        run.Execute(Lanes[lane]);
        run.Complete();
        return true;
    }

    /// <summary>Runs until nothing is left; how often it ran.</summary>
    public int RunAll()
    {
        var runs = 0;
        while (RunOne())
            runs++;
        return runs;
    }

    public ValueTask DisposeAsync()
    {
        IsStopped = true;
        IsDisposed = true;
        WhileDisposed?.Invoke();
        WhileDisposed = null;
        return ValueTask.CompletedTask;
    }
}
