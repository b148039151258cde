using Inference.Core.Configuration;
using Inference.Domain;
using Inference.Domain.Residence;
using Inference.Services.Infer;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Cache;

/// <summary>A budget that holds two of the models, each of which takes as much as is expected of one that was never loaded.</summary>
[CancelAfter(60_000)]
internal sealed class EvictionTests
{
    private const long Size = NeedEstimate.FirstOverhead;
    private static readonly CacheOptions Two = new() { Loading = "lazy", MemoryBytes = (2 * Size) + (Size / 2), RoomWaitMilliseconds = 50, ReturnSeconds = 0 };

    [Test]
    public async Task Infer_NoRoom_TheLeastRecentlyUsedGoesAndComesBack(CancellationToken timeout)
    {
        using var engine = await StartAsync();
        foreach (var model in new[] { "a", "b", "a", "c" })
            await InferAsync(engine, model, timeout);

        Assert.That(States(engine), Is.EqualTo("a:Ready b:Dormant c:Ready"));
        Assert.That(engine.CacheMetrics.Evictions, Is.EqualTo(new[] { "room" }));
        Assert.That(engine.Metadata.Statistics("b", "1").Single().Totals.Success.Count, Is.EqualTo(1), "statistics stay");

        await InferAsync(engine, "b", timeout);
        Assert.That(States(engine), Is.EqualTo("a:Dormant b:Ready c:Ready"));
        Assert.That(engine.Metadata.Statistics("b", "1").Single().Totals.Success.Count, Is.EqualTo(2));
        Assert.That(engine.CacheMetrics.Held.Bytes, Is.EqualTo(2 * Size));
    }

    [Test]
    public async Task Describe_EvictedModel_IsStillKnown(CancellationToken timeout)
    {
        using var engine = await StartAsync();
        foreach (var model in new[] { "a", "b", "c" })
            await InferAsync(engine, model, timeout);

        await engine.Metadata.DescribeAsync("a", "1", timeout);

        Assert.That(States(engine), Is.EqualTo("a:Dormant b:Ready c:Ready"));
    }

    [Test]
    public async Task Infer_PinnedModel_Stays(CancellationToken timeout)
    {
        using var engine = await StartAsync(e => e.Repository.Change("a", m => m with { Manifest = m.Manifest with { IsPinned = true } }));
        foreach (var model in new[] { "a", "b", "c", "b" })
            await InferAsync(engine, model, timeout);

        Assert.That(States(engine), Is.EqualTo("a:Ready b:Ready c:Dormant"));
    }

    [Test]
    public async Task Infer_EverythingIsInUse_IsRefusedAndThenAnsweredWhenThereIsRoom(CancellationToken timeout)
    {
        using var engine = await StartAsync();
        var leases = new[] { "a", "b" }.Select(m => engine.Routing.Acquire(m, "1")).ToList();

        Assert.That(async () => await InferAsync(engine, "c", timeout), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.Overloaded).And.Message.Contain("Cache:MemoryBytes"));
        Assert.That(States(engine), Is.EqualTo("a:Ready b:Ready c:Dormant"), "no reason to call it failed");
        Assert.That(engine.CacheMetrics.Refusals, Is.EqualTo(new[] { "room" }));

        leases[1].Dispose();
        await InferAsync(engine, "c", timeout);
        Assert.That(States(engine), Is.EqualTo("a:Ready b:Dormant c:Ready"));
        leases[0].Dispose();
    }

    [Test]
    public async Task Infer_ModelAloneIsLargerThanTheBudget_IsRefusedWithItsSize(CancellationToken timeout)
    {
        using var engine = await StartAsync(e => e.Executors.ServeEach("model 'a' version 1", () => Sized(3 * Size)));

        for (var i = 0; i < 2; i++)
            Assert.That(async () => await InferAsync(engine, "a", timeout), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.Overloaded).And.Message.Contain($"{3 * Size} bytes"));
        Assert.That(engine.Executors.Loads.Count(l => l.Label.Contains("'a'", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(engine.CacheMetrics.Held.Pipelines, Is.Zero);
    }

    [Test]
    public async Task Infer_AnEarlierVersionOfItWasTooLarge_IsTriedAllTheSame(CancellationToken timeout)
    {
        using var engine = await StartAsync(e =>
        {
            e.Repository.Change("a", m => m with { Versions = [e.Repository.Version(1), e.Repository.Version(2)] });
            e.Executors.ServeEach("model 'a' version 1", () => Sized(3 * Size));
            e.Executors.ServeEach("model 'a' version 2", () => Sized(Size));
        });
        await InferAsync(engine, "b", timeout);

        Assert.That(async () => await InferAsync(engine, "a", timeout), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.Overloaded));
        await InferAsync(engine, "a", timeout, "2");

        Assert.That(engine.Registry.Get("a").Find(2)!.State, Is.EqualTo(Domain.Registry.PipelineState.Ready));
    }

    [Test]
    public async Task Infer_TheLeastRecentlyUsedIsKeptSinceItsSuccessorFailed_AnotherGoes(CancellationToken timeout)
    {
        using var engine = new TestEngine(cache: Two, repository: new() { Mode = "explicit" });
        foreach (var model in new[] { "a", "b", "c" })
        {
            engine.Repository.Add(model, [engine.Repository.Version(1)], policy: Domain.Registry.VersionPolicy.Latest(1));
            engine.Executors.ServeEach($"model '{model}' version 1", () => Sized(Size));
        }

        await engine.LoadAsync();
        await engine.RepositoryService.LoadAsync("a", timeout);
        engine.Executors.Fail("model 'a' version 2", new InferenceException(ErrorCode.LoadFailed, "broken"));
        engine.Repository.Change("a", m => m with { Versions = [engine.Repository.Version(1), engine.Repository.Version(2)] });
        Assert.That(async () => await engine.RepositoryService.LoadAsync("a", timeout), Throws.TypeOf<InferenceException>());
        await engine.RepositoryService.LoadAsync("b", timeout);
        await engine.RepositoryService.LoadAsync("c", timeout);

        Assert.That(States(engine), Is.EqualTo("a:Ready b:Dormant c:Ready"), "'a' could not come back");
    }

    [Test]
    public async Task Measure_PipelineHasGrown_TheLeastRecentlyUsedGoes(CancellationToken timeout)
    {
        var grows = Sized(Size);
        using var engine = await StartAsync(e => e.Executors.Serve("model 'b' version 1", grows));
        foreach (var model in new[] { "a", "b" })
            await InferAsync(engine, model, timeout);

        grows.MemoryBytes = 2 * Size;
        engine.Cache!.Measure();

        Assert.That(States(engine), Is.EqualTo("a:Dormant b:Ready c:Dormant"));
        Assert.That(engine.CacheMetrics.Evictions, Is.EqualTo(new[] { "growth" }));
    }

    [Test]
    public async Task Infer_ModelsThatTakeFarMoreThanTheyStore_StayWithinTheBudgetOnceThatIsKnown(CancellationToken timeout)
    {
        const long large = 4 * Size;
        using var engine = new TestEngine(cache: Two with { MemoryBytes = (3 * large) - 1 });
        for (var i = 0; i < 6; i++)
        {
            engine.Repository.Add($"m{i}", 1);
            engine.Executors.ServeEach($"model 'm{i}' version 1", () => Sized(large));
        }

        await engine.LoadAsync();
        for (var i = 0; i < 6; i++)
            await InferAsync(engine, $"m{i}", timeout);

        Assert.That(engine.CacheMetrics.Most, Is.EqualTo(2 * large), "none is loaded before there is room for it");
        Assert.That(engine.CacheMetrics.Evictions, Has.Count.EqualTo(4).And.All.EqualTo("room"));
    }

    [Test]
    public async Task Load_EagerModelsBeyondTheBudget_WaitForTheirFirstRequest(CancellationToken timeout)
    {
        using var engine = await StartAsync(cache: Two with { Loading = "eager" });

        Assert.That(States(engine), Is.EqualTo("a:Ready b:Ready c:Dormant"));
        Assert.That(engine.CacheMetrics.Evictions, Is.Empty);
        await InferAsync(engine, "c", timeout);
        Assert.That(engine.CacheMetrics.Evictions, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Infer_CameBackAtOnce_IsSparedForAnother(CancellationToken timeout)
    {
        using var engine = await StartAsync(cache: Two with { ReturnSeconds = 600 });
        foreach (var model in new[] { "a", "b", "c", "a" })
            await InferAsync(engine, model, timeout);
        await InferAsync(engine, "c", timeout);

        // 'a' was used before 'c', but has come back at once.
        await InferAsync(engine, "b", timeout);

        Assert.That(States(engine), Is.EqualTo("a:Ready b:Ready c:Dormant"));
    }

    [Test]
    public async Task Infer_ManyClientsOverMoreModelsThanFit_EveryAnswerIsItsModels(CancellationToken timeout)
    {
        const int models = 8;
        using var engine = new TestEngine(cache: Two with { RoomWaitMilliseconds = 30_000, ReturnSeconds = 1 });
        for (var i = 0; i < models; i++)
        {
            var factor = i + 2;
            engine.Repository.Add($"m{i}", 1);
            engine.Executors.ServeEach($"model 'm{i}' version 1", () => Sized(Size, factor));
        }

        await engine.LoadAsync();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(client => Task.Run(
            async () =>
            {
                var random = new Random(client);
                for (var i = 0; i < 60; i++)
                {
                    var model = random.Next(models);
                    Assert.That(await InferAsync(engine, $"m{model}", timeout), Is.EqualTo(model + 2));
                }
            },
            timeout)));

        Assert.That(engine.CacheMetrics.Evictions, Is.Not.Empty);
        await engine.RepositoryService.UnloadAllAsync(timeout);
        Assert.That((engine.CacheMetrics.Held.Pipelines, engine.CacheMetrics.Held.Bytes), Is.EqualTo((0, 0)));
    }

    private static async Task<TestEngine> StartAsync(Action<TestEngine>? change = null, CacheOptions? cache = null)
    {
        var engine = new TestEngine(cache: cache ?? Two, loadThreads: 1);
        foreach (var model in new[] { "a", "b", "c" })
        {
            engine.Repository.Add(model, 1);
            engine.Executors.ServeEach($"model '{model}' version 1", () => Sized(Size));
        }

        change?.Invoke(engine);
        await engine.LoadAsync();
        return engine;
    }

    private static FakeExecutor Sized(long bytes, float factor = 2) => new((inputs, _) =>
    {
        var x = inputs.Get("x");
        var y = Domain.Tensors.Tensor.Allocate(x.Type, x.Shape);
        for (var i = 0; i < x.Shape.ElementCount; i++)
            y.Mutable<float>()[i] = factor * x.AsSpan<float>()[i];
        return ValueTask.FromResult(new Domain.Tensors.TensorSet().Add("y", y));
    })
    {
        MemoryBytes = bytes,
    };

    private static string States(TestEngine engine) => string.Join(' ', engine.Registry.Models.Select(m => $"{m.Name}:{m.Versions[0].State}"));

    private static async Task<float> InferAsync(TestEngine engine, string model, CancellationToken cancellation, string version = "1")
    {
        using var inputs = TestEngine.Row(1, 2);
        using var response = await engine.Inference.InferAsync(new InferenceRequest { ModelName = model, Version = version, Inputs = inputs }, cancellation);
        return response.Outputs.Get("y").AsSpan<float>()[0];
    }
}
