using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Registry;

/// <summary>Pipelines over an executor that gives its inputs back and notes what is done to it.</summary>
internal sealed class PipelineStub : IExecutor
{
    private static readonly ModelSpec Spec = ModelSpec.Create(
        [new TensorSpec("x", TensorType.Float32, [-1])], [new TensorSpec("y", TensorType.Float32, [-1])], "stub");

    public bool IsDisposed { get; private set; }

    public TaskCompletionSource? Disposal { get; set; }

    public int Runs { get; private set; }

    public long Rows { get; private set; }

    public ExecutorInfo Info { get; } = new("cpu", 1);

    public QueueLoad Load => default;

    public Pipeline Build(IPreprocessor? preprocessor = null, IPostprocessor? postprocessor = null)
    {
        var key = new PipelineKey("m", 1);
        var catalogue = new ComponentCatalogue([], []);
        ComponentContext Context() => new(Spec, OptionReader.Empty("pipeline.yaml"), new ArtefactFolder("/"));
        return new Pipeline(
            key,
            preprocessor ?? catalogue.Preprocessor("passthrough", default).Create(Context()),
            new Model(key.Describe(), Spec, this),
            postprocessor ?? catalogue.Postprocessor("passthrough", default).Create(Context()),
            TimeProvider.System);
    }

    public ValueTask<TensorSet> ExecuteAsync(TensorSet inputs, RequestContext context)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        Runs++;
        Rows = context.Rows;
        return ValueTask.FromResult(new TensorSet().Add("y", inputs.Get("x").Share()));
    }

    public void Observe(IExecutionObserver observer)
    {
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return Disposal is { } disposal ? new ValueTask(disposal.Task) : ValueTask.CompletedTask;
    }
}
