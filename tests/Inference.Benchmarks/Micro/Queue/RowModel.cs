using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Benchmarks.Micro.Queue;

/// <summary>A model x FP32[-1,512] to y of the same whose runs cost nothing: each request gets what it sent.</summary>
internal static class RowModel
{
    public const int Columns = 512;

    public static ModelSpec Spec { get; } = ModelSpec.Create([Tensor("x")], [Tensor("y")], "benchmark");

    /// <summary>Requests of one row each, whose values are their number.</summary>
    public static TensorSet[] Requests(int count) => [.. Enumerable.Range(0, count).Select(Request)];

    private static TensorSet Request(int number)
    {
        var x = Inference.Domain.Tensors.Tensor.Allocate(TensorType.Float32, TensorShape.Of(1, Columns));
        x.Mutable<float>().Fill(number);
        return new TensorSet().Add("x", x);
    }

    private static TensorSpec Tensor(string name) => new(name, TensorType.Float32, [TensorSpec.Any, Columns]) { Symbols = ["batch", string.Empty] };

    /// <summary>Hands its inputs back as outputs, over the same memory.</summary>
    internal sealed class Lane : ILane
    {
        public TensorSet Run(TensorSet inputs)
        {
            var x = inputs[0].Tensor;
            return new TensorSet(1).Add("y", x.Slice(x.Shape, 0, x.Data.Length));
        }

        public void Terminate()
        {
        }

        public void Reset()
        {
        }
    }

    /// <summary>One lane, which runs when it is told to, or on its caller's thread.</summary>
    internal sealed class Pool : ILanePool
    {
        private readonly Lane _lane = new();
        private IRunSource? _source;

        public ExecutorInfo Info { get; } = new("benchmark", 1);

        public void Attach(IRunSource source) => _source = source;

        public bool Signal() => true;

        public bool TryRent(out ILane lane)
        {
            lane = _lane;
            return true;
        }

        public void Return(ILane lane)
        {
        }

        /// <summary>Runs what waits; false where nothing did.</summary>
        public bool Run()
        {
            if (_source!.Next(out _) is not { } run)
                return false;
            run.Execute(_lane);
            run.Complete();
            return true;
        }

        public ValueTask DisposeAsync() => default;
    }
}
