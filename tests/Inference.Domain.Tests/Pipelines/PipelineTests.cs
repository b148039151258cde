using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Domain.Tests.Registry;

namespace Inference.Domain.Tests.Pipelines;

internal sealed class PipelineTests
{
    [Test]
    public async Task RunAsync_Passthrough_SharesTheTensorAndCountsRows()
    {
        var executor = new PipelineStub();
        await using var pipeline = executor.Build();
        var before = TensorPool.Shared.Rented;
        var context = new RequestContext("r", CancellationToken.None);
        using (var inputs = Inputs("x", 1, 2, 3))
        using (var outputs = await pipeline.RunAsync(inputs, context))
            Assert.That(outputs.Get("y").AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 1, 2, 3 }));
        Assert.That((executor.Runs, executor.Rows, context.Rows, TensorPool.Shared.Rented), Is.EqualTo((1, 3L, 3L, before)));
    }

    [Test]
    public async Task RunAsync_Components_RunInOrderAndAreTimed()
    {
        await using var pipeline = new PipelineStub().Build(new Twice(), new PlusOne());
        var context = new RequestContext("r", CancellationToken.None);
        using var inputs = Inputs("raw", 5);
        using var outputs = await pipeline.RunAsync(inputs, context);
        Assert.That(outputs.Get("answer").AsSpan<float>()[0], Is.EqualTo(11));
        Assert.That((pipeline.Inputs.Single().Name, pipeline.Outputs.Single().Name), Is.EqualTo(("raw", "answer")));
        Assert.That((context.Timings.Preprocess > 0, context.Timings.Postprocess > 0), Is.EqualTo((true, true)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task RunAsync_WrongInput_IsRefusedBeforeAnythingRuns(bool component)
    {
        var executor = new PipelineStub();
        await using var pipeline = executor.Build(component ? new Twice() : null);
        var before = TensorPool.Shared.Rented;
        using (var inputs = Inputs("z", 5))
        {
            var error = (await Assert.ThrowsAsync<InferenceException>(async () => await pipeline.RunAsync(inputs, new RequestContext("r", CancellationToken.None))))!;
            Assert.That(error.Message, Does.StartWith($"model 'm' version 1: input '{(component ? "raw" : "x")}' (FP32[-1]) is missing; got 'z'."));
        }

        Assert.That((executor.Runs, TensorPool.Shared.Rented), Is.EqualTo((0, before)));
    }

    [Test]
    public async Task DisposeAsync_Pipeline_DisposesOfItsExecutor()
    {
        var executor = new PipelineStub();
        await executor.Build().DisposeAsync();
        Assert.That(executor.IsDisposed, Is.True);
    }

    [Test]
    public void Create_PassthroughWithOptions_IsRefused()
    {
        var node = OptionNode.Section([new("a", OptionNode.Scalar("1", new SourceLocation("p.yaml", 2)))], new SourceLocation("p.yaml", 1));
        var context = new ComponentContext(ModelSpec.Create([], [], ""), new OptionReader(node), new ArtefactFolder("/"));
        var catalogue = new ComponentCatalogue([], []);
        Assert.Throws<ManifestException>(() => catalogue.Preprocessor("passthrough", default).Create(context));
        Assert.Throws<ManifestException>(() => catalogue.Postprocessor("passthrough", default).Create(context));
    }

    private static TensorSet Inputs(string name, params float[] values) =>
        new TensorSet().Add(name, Tensor.From<float>(TensorType.Float32, TensorShape.Of(values.Length), values));

    private static TensorSpec Spec(string name) => new(name, TensorType.Float32, [-1]);

    private sealed class Twice : IPreprocessor
    {
        public IReadOnlyList<TensorSpec> Inputs { get; } = [Spec("raw")];

        public IReadOnlyList<TensorSpec> Outputs { get; } = [Spec("x")];

        public bool HasBatchAxis => true;

        public TensorSet Process(TensorSet inputs) => PipelineTests.Inputs("x", [.. inputs.Get("raw").AsSpan<float>().ToArray().Select(v => 2 * v)]);
    }

    private sealed class PlusOne : IPostprocessor
    {
        public IReadOnlyList<TensorSpec> Inputs { get; } = [Spec("y")];

        public IReadOnlyList<TensorSpec> Outputs { get; } = [Spec("answer")];

        public TensorSet Process(TensorSet outputs) => PipelineTests.Inputs("answer", [.. outputs.Get("y").AsSpan<float>().ToArray().Select(v => v + 1)]);
    }
}
