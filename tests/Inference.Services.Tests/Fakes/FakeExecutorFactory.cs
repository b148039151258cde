using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Services.Tests.Fakes;

/// <summary>Opens artefacts that are not there: the label of the pipeline decides what a test gets.</summary>
internal sealed class FakeExecutorFactory : IExecutorFactory
{
    private readonly Dictionary<string, Func<LoadedArtefact>> _byLabel = new(StringComparer.Ordinal);

    /// <summary>Input x and output y, both FP32 of any number of rows of two.</summary>
    public static ModelSpec DoublingSpec { get; } = ModelSpec.Create(
        [new TensorSpec("x", TensorType.Float32, [-1, 2])], [new TensorSpec("y", TensorType.Float32, [-1, 2])], "fake");

    public List<(string Path, ExecutionOptions Options, string Label)> Loads { get; } = [];

    public void Serve(string label, FakeExecutor executor, ModelSpec? spec = null) =>
        _byLabel[label] = () => new LoadedArtefact(spec ?? DoublingSpec, executor);

    /// <summary>A new executor for every load.</summary>
    public void ServeEach(string label, Func<FakeExecutor> create) => _byLabel[label] = () => new LoadedArtefact(DoublingSpec, create());

    /// <summary>Loads only when the gate is opened.</summary>
    public LoadGate ServeGated(string label, FakeExecutor executor)
    {
        var gate = new LoadGate();
        _byLabel[label] = () =>
        {
            gate.Pass();
            return new LoadedArtefact(DoublingSpec, executor);
        };
        return gate;
    }

    public void Fail(string label, Exception exception) => _byLabel[label] = () => throw exception;

    public LoadedArtefact Load(string artefactPath, ExecutionOptions options, string label)
    {
        lock (Loads)
            Loads.Add((artefactPath, options, label));
        return _byLabel.TryGetValue(label, out var load) ? load() : new LoadedArtefact(DoublingSpec, FakeExecutor.Doubling());
    }
}
