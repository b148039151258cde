using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>A model whose run is a function of the test.</summary>
internal sealed record TestModel(string Name, ModelSpec Spec, Func<TensorSet, RequestContext, ValueTask<TensorSet>> Run)
{
    public long[] Versions { get; init; } = [1];

    public string Device { get; init; } = "cpu";

    public QueueOptions Queue { get; init; } = new();

    public BatchingOptions Batching { get; init; } = new() { Enabled = false };

    /// <summary>Every element of a request is answered on its own.</summary>
    public bool IsDecoupled { get; init; }

    /// <summary>The load ends when this is done.</summary>
    public Task LoadGate { get; init; } = Task.CompletedTask;

    /// <summary>Not null: the load fails for this reason.</summary>
    public string? LoadProblem { get; init; }

    /// <summary>One input X and one output Y of any length, Y = X, in pooled memory of its own.</summary>
    public static TestModel Identity(string name, TensorType type) =>
        new(name, Spec1("X", "Y", type), (inputs, _) => ValueTask.FromResult(new TensorSet().Add("Y", Copy(inputs.Get("X")))));

    public static ModelSpec Spec1(string input, string output, TensorType type) =>
        ModelSpec.Create([new TensorSpec(input, type, [TensorSpec.Any])], [new TensorSpec(output, type, [TensorSpec.Any])], "onnxruntime_onnx");

    private static Tensor Copy(Tensor tensor)
    {
        if (tensor.Type == TensorType.Bytes)
            return Tensor.Wrap("Y", TensorType.Bytes, tensor.Shape, tensor.Data.ToArray());
        return Tensor.From(tensor.Type, tensor.Shape, tensor.Data.Span);
    }
}

internal sealed class TestExecutor(TestModel model) : IExecutor
{
    private IExecutionObserver? _observer;

    public ExecutorInfo Info { get; } = new(model.Device, 2) { Queue = model.Queue, Batching = model.Batching };

    public QueueLoad Load => default;

    public async ValueTask<TensorSet> ExecuteAsync(TensorSet inputs, RequestContext context)
    {
        var outputs = await model.Run(inputs, context);
        _observer?.RunCompleted(new RunReport(context.Rows, 1, 0, 1, 0, Succeeded: true));
        return outputs;
    }

    public void Observe(IExecutionObserver observer) => _observer = observer;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>Opens the test's models by the name in the label.</summary>
internal sealed class TestExecutorFactory(Func<IEnumerable<TestModel>> models) : IExecutorFactory
{
    public LoadedArtefact Load(string artefactPath, ExecutionOptions options, string label)
    {
        var model = models().First(m => label.StartsWith($"model '{m.Name}'", StringComparison.Ordinal));
        model.LoadGate.GetAwaiter().GetResult();
        if (model.LoadProblem is { } problem)
            throw new InferenceException(ErrorCode.LoadFailed, problem);
        return new LoadedArtefact(model.Spec, new TestExecutor(model));
    }
}
