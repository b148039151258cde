using System.Collections.Concurrent;
using Inference.Core.Configuration;
using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Repository;

/// <summary>Loads and unloads by call, and what requests see meanwhile.</summary>
[CancelAfter(120_000)]
public sealed class ControlTests
{
    private const string Label = "model 'm' version 1";
    private static readonly RepositoryOptions Explicit = new() { Mode = "explicit", SettleMilliseconds = 0 };

    [Test]
    public async Task Load_ListedModel_ServesAndUnloadFreesIt(CancellationToken timeout)
    {
        using var engine = await ListedAsync();
        var executor = FakeExecutor.Doubling();
        engine.Executors.Serve(Label, executor);
        var before = State(engine);

        await engine.RepositoryService.LoadAsync("m", timeout);
        var loaded = State(engine);
        engine.Routing.Acquire("m", "1").Dispose();
        await engine.RepositoryService.UnloadAsync("m", timeout);

        Assert.That((before, loaded, State(engine)), Is.EqualTo((PipelineState.Unloaded, PipelineState.Ready, PipelineState.Unloaded)));
        Assert.That(executor.Disposals, Is.EqualTo(1));
    }

    [Test]
    public async Task Load_ModelThatServes_ServesOnUntilTheNewOneIsReady(CancellationToken timeout)
    {
        using var engine = await ListedAsync();
        var (first, second) = (FakeExecutor.Doubling(), FakeExecutor.Doubling());
        engine.Executors.Serve(Label, first);
        await engine.RepositoryService.LoadAsync("m", timeout);
        var gate = engine.Executors.ServeGated(Label, second);

        var loading = engine.RepositoryService.LoadAsync("m", timeout);
        await gate.Entered.WaitAsync(timeout);
        var lease = engine.Routing.Acquire("m", "1");
        var during = State(engine);
        gate.Open();
        await loading;
        var heldBy = first.Disposals;
        engine.Routing.Acquire("m", "1").Dispose();
        lease.Dispose();

        Assert.That((during, heldBy, State(engine)), Is.EqualTo((PipelineState.Ready, 0, PipelineState.Ready)));
        Assert.That(() => first.Disposals, Is.EqualTo(1).After(10_000, 5));
        Assert.That(second.Disposals, Is.Zero);
    }

    [Test]
    public async Task Load_NewContentFails_KeepsWhatServesAndTells(CancellationToken timeout)
    {
        using var engine = await ListedAsync();
        await engine.RepositoryService.LoadAsync("m", timeout);
        engine.Executors.Fail(Label, new InferenceException(ErrorCode.LoadFailed, "not an ONNX file"));

        var error = (await Assert.ThrowsAsync<InferenceException>(() => engine.RepositoryService.LoadAsync("m", timeout)))!;

        Assert.That((error.Code, State(engine)), Is.EqualTo((ErrorCode.LoadFailed, PipelineState.Ready)));
        Assert.That(engine.Metrics.Outdated["m/1"], Is.True);
        Assert.That(error.Message, Does.Contain("not an ONNX file"));
        Assert.That(engine.RepositoryService.Index(readyOnly: false).Single().Reason, Does.StartWith("serves its earlier content").And.Contain("not an ONNX file"));
        engine.Routing.Acquire("m", "1").Dispose();
    }

    [Test]
    public async Task Load_AfterAFailure_IsTriedAgain(CancellationToken timeout)
    {
        using var engine = await ListedAsync();
        engine.Executors.Fail(Label, new InferenceException(ErrorCode.LoadFailed, "no"));
        await Assert.ThrowsAsync<InferenceException>(() => engine.RepositoryService.LoadAsync("m", timeout));
        engine.Executors.Serve(Label, FakeExecutor.Doubling());

        await engine.RepositoryService.LoadAsync("m", timeout);

        Assert.That((State(engine), engine.Metrics.Outdated["m/1"]), Is.EqualTo((PipelineState.Ready, false)));
    }

    [Test]
    public async Task Unload_WhileLoading_DropsWhatWasLoaded(CancellationToken timeout)
    {
        using var engine = await ListedAsync();
        var executor = FakeExecutor.Doubling();
        var gate = engine.Executors.ServeGated(Label, executor);
        var loading = engine.RepositoryService.LoadAsync("m", timeout);
        await gate.Entered.WaitAsync(timeout);

        await engine.RepositoryService.UnloadAsync("m", timeout);
        gate.Open();
        var error = (await Assert.ThrowsAsync<InferenceException>(() => loading))!;

        Assert.That(error.Code, Is.EqualTo(ErrorCode.NotReady));
        Assert.That(() => executor.Disposals, Is.EqualTo(1).After(10_000, 5));
        Assert.That(State(engine), Is.EqualTo(PipelineState.Unloaded));
    }

    [Test]
    public async Task Unload_RequestUnderWay_TakesNoNewOnesAndLetsItEnd(CancellationToken timeout)
    {
        using var engine = await ListedAsync();
        var executor = FakeExecutor.Doubling();
        engine.Executors.Serve(Label, executor);
        await engine.RepositoryService.LoadAsync("m", timeout);
        var lease = engine.Routing.Acquire("m", "1");

        await engine.RepositoryService.UnloadAsync("m", timeout);
        var error = Assert.Throws<InferenceException>(() => engine.Routing.Acquire("m", "1"))!;
        var disposedEarly = executor.Disposals;
        lease.Dispose();

        Assert.That((error.Code, disposedEarly), Is.EqualTo((ErrorCode.NotReady, 0)));
        Assert.That(() => State(engine), Is.EqualTo(PipelineState.Unloaded).After(10_000, 5));
        Assert.That(executor.Disposals, Is.EqualTo(1));
    }

    [Test]
    public async Task Load_UnknownModel_IsNotFound(CancellationToken timeout)
    {
        using var engine = await ListedAsync();
        Assert.That((await Assert.ThrowsAsync<InferenceException>(() => engine.RepositoryService.LoadAsync("n", timeout)))!.Code, Is.EqualTo(ErrorCode.ModelNotFound));
        Assert.That((await Assert.ThrowsAsync<InferenceException>(() => engine.RepositoryService.UnloadAsync("n", timeout)))!.Code, Is.EqualTo(ErrorCode.ModelNotFound));
    }

    [TestCase("none")]
    [TestCase("poll")]
    public async Task Load_OtherMode_IsRefusedWithTheMode(string mode, CancellationToken timeout)
    {
        using var engine = new TestEngine(repository: new RepositoryOptions { Mode = mode });
        var error = (await Assert.ThrowsAsync<InferenceException>(() => engine.RepositoryService.LoadAsync("m", timeout)))!;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.WrongMode));
        Assert.That(error.Message, Does.Contain(mode).And.Contain("Repository:Mode"));
    }

    [Test]
    public async Task LoadAndUnload_FromManySidesAtOnce_EndsAsTheLastSaysAndFreesTheRest(CancellationToken timeout)
    {
        using var engine = await ListedAsync();
        var executors = new ConcurrentBag<FakeExecutor>();
        engine.Executors.ServeEach(Label, () =>
        {
            var executor = FakeExecutor.Doubling();
            executors.Add(executor);
            return executor;
        });
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(
            async () =>
            {
                try
                {
                    await (i % 2 == 0 ? engine.RepositoryService.LoadAsync("m", timeout) : engine.RepositoryService.UnloadAsync("m", timeout));
                }
                catch (InferenceException e) when (e.Code == ErrorCode.NotReady)
                {
                    // Another call unloaded it meanwhile.
                }
            },
            timeout)));

        await engine.RepositoryService.LoadAsync("m", timeout);

        Assert.That(State(engine), Is.EqualTo(PipelineState.Ready));
        Assert.That(() => executors.Count(e => e.Disposals == 0), Is.EqualTo(1).After(10_000, 5));
        Assert.That(executors.Max(e => e.Disposals), Is.EqualTo(1));
    }

    private static PipelineState State(TestEngine engine) => engine.RepositoryService.Index(readyOnly: false).Single().State;

    private static async Task<TestEngine> ListedAsync()
    {
        var engine = new TestEngine(repository: Explicit);
        engine.Repository.Add("m", 1);
        await engine.LoadAsync();
        return engine;
    }
}
