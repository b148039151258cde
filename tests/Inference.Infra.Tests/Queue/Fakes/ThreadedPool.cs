using System.Collections.Concurrent;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;

namespace Inference.Infra.Tests.Queue.Fakes;

/// <summary>Lanes with a thread each, and more of them for callers.</summary>
internal sealed class ThreadedPool : ILanePool
{
    private readonly SemaphoreSlim _signals = new(0);
    private readonly ConcurrentBag<ILane> _inline = [];
    private readonly List<Thread> _threads = [];
    private IRunSource? _source;
    private volatile bool _isStopped;

    public ThreadedPool(int lanes, int inlineLanes, Func<TensorSet, TensorSet> model)
    {
        Info = new ExecutorInfo("test", lanes);
        for (var i = 0; i < inlineLanes; i++)
            _inline.Add(new Lane(model, Faults));
        for (var i = 0; i < lanes; i++)
        {
            var lane = new Lane(model, Faults);
            _threads.Add(new Thread(() => Serve(lane)) { IsBackground = true });
        }
    }

    public ExecutorInfo Info { get; }

    /// <summary>What must never happen and did.</summary>
    public ConcurrentQueue<string> Faults { get; } = [];

    public void Attach(IRunSource source)
    {
        _source = source;
        foreach (var thread in _threads)
            thread.Start();
    }

    public bool Signal()
    {
        if (!_isStopped)
            _signals.Release();
        return !_isStopped;
    }

    public bool TryRent(out ILane lane) => _inline.TryTake(out lane!);

    public void Return(ILane lane) => _inline.Add(lane);

    public async ValueTask DisposeAsync()
    {
        _isStopped = true;
        _signals.Release(_threads.Count);
        foreach (var thread in _threads)
        {
            if (!await Task.Run(() => thread.Join(TimeSpan.FromSeconds(30))))
                Faults.Enqueue("a lane's thread did not end");
        }
    }

    private void Serve(Lane lane)
    {
        while (!_isStopped)
        {
            _signals.Wait();
            try
            {
                while (_source!.Next(out var more) is { } run)
                {
                    if (more)
                        _signals.Release();
                    run.Execute(lane);
                    run.Complete();
                }
            }
            catch (Exception e)
            {
                Faults.Enqueue(e.ToString());
            }
        }
    }

    private sealed class Lane(Func<TensorSet, TensorSet> model, ConcurrentQueue<string> faults) : ILane
    {
        private volatile bool _isTerminated;
        private int _runs;

        public TensorSet Run(TensorSet inputs)
        {
            if (Interlocked.Increment(ref _runs) != 1)
                faults.Enqueue("two runs share a lane");
            if (_isTerminated)
                faults.Enqueue("the lane was not reset, or terminated before its run");
            try
            {
                var outputs = model(inputs);
                if (!_isTerminated)
                    return outputs;
                outputs.Dispose();
                throw new InferenceException(ErrorCode.ExecutionFailed, "terminated");
            }
            finally
            {
                Interlocked.Decrement(ref _runs);
            }
        }

        public void Terminate() => _isTerminated = true;

        public void Reset() => _isTerminated = false;
    }
}
