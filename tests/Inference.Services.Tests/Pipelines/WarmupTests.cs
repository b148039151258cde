using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Services.Pipelines;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Pipelines;

public sealed class WarmupTests
{
    [Test]
    public async Task Run_EveryType_FeedsZerosOfTheSpecsShapes()
    {
        var types = Enum.GetValues<TensorType>();
        var fed = new List<string>();
        var executor = new FakeExecutor((inputs, _) =>
        {
            fed.AddRange(inputs.Select(i => i.Tensor.ToString()));
            Assert.That(inputs.All(i => !i.Tensor.Data.Span.ContainsAnyExcept((byte)0)), Is.True);
            return ValueTask.FromResult(new TensorSet());
        });
        await using var model = Model(executor, [.. types.Select(t => new TensorSpec(t.ToString(), t, [-1, 3, -1]))]);

        var reason = await Warmup.OnZerosAsync(model, new WarmupOptions(2, 4), CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(reason, Is.Null);
            Assert.That(executor.Runs, Is.EqualTo(2));
            Assert.That(fed.Take(types.Length), Is.EqualTo(types.Select(t => $"{t.ProtocolName()}[4,3,1]")));
        });
    }

    [Test]
    public async Task Run_NoRunsWanted_RunsNothing()
    {
        var executor = FakeExecutor.Doubling();
        await using var model = new Model("m", FakeExecutorFactory.DoublingSpec, executor);

        await Warmup.OnZerosAsync(model, new WarmupOptions(0, 1), CancellationToken.None);

        Assert.That(executor.Runs, Is.Zero);
    }

    [Test]
    public async Task Run_ModelRefusesZeros_TellsTheReasonAndThrowsNothing()
    {
        await using var model = Model(new FakeExecutor((_, _) => throw new InferenceException(ErrorCode.ExecutionFailed, "empty sequence")), [new TensorSpec("x", TensorType.Float32, [-1])]);

        Assert.That(await Warmup.OnZerosAsync(model, new WarmupOptions(1, 1), CancellationToken.None), Is.EqualTo("empty sequence"));
    }

    [Test]
    public async Task Run_InputOfEnormousSize_IsLeftOut()
    {
        var executor = FakeExecutor.Doubling();
        await using var model = Model(executor, [new TensorSpec("x", TensorType.Float32, [1 << 15, 1 << 15])]);

        var reason = await Warmup.OnZerosAsync(model, new WarmupOptions(1, 1), CancellationToken.None);

        Assert.That((reason, executor.Runs), Is.EqualTo(("input 'x' of shape [32768,32768] is too large to warm up with.", 0)));
    }

    [Test]
    public async Task Run_LaterInputOfEnormousSize_GivesBackTheFormer()
    {
        var before = TensorPool.Shared.Rented;
        await using var model = Model(FakeExecutor.Doubling(), [new TensorSpec("a", TensorType.Float32, [4]), new TensorSpec("b", TensorType.Float32, [1 << 15, 1 << 15])]);

        var reason = await Warmup.OnZerosAsync(model, new WarmupOptions(1, 1), CancellationToken.None);

        Assert.That((reason is null, TensorPool.Shared.Rented), Is.EqualTo((false, before)));
    }

    [Test]
    public async Task Run_ServerStops_EndsWithCancellation()
    {
        await using var model = Model(new FakeExecutor((_, _) => throw new InferenceException(ErrorCode.Cancelled, "cancelled")), [new TensorSpec("x", TensorType.Float32, [1])]);

        await Assert.ThrowsAsync<InferenceException>(() => Warmup.OnZerosAsync(model, new WarmupOptions(1, 1), CancellationToken.None));
    }

    [Test]
    public async Task Load_WarmupFails_ServesAllTheSame()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", [engine.Repository.Version(1, new PipelineManifest())]);
        engine.Executors.Serve("model 'm' version 1", new FakeExecutor((_, _) => throw new InferenceException(ErrorCode.ExecutionFailed, "no zeros")));

        await engine.LoadAsync();

        Assert.That(engine.RepositoryService.Index(readyOnly: true), Has.Count.EqualTo(1));
    }

    private static Model Model(IExecutor executor, TensorSpec[] inputs) =>
        new("m", ModelSpec.Create(inputs, [new TensorSpec("y", TensorType.Float32, [-1])], "fake"), executor);
}
