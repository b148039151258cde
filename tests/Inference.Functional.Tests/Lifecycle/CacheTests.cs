using Grpc.Core;
using Grpc.Health.V1;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>Models that their first request loads, and a budget that holds a few of them: over gRPC, with models that tell by their answers which they are.</summary>
internal sealed class CacheTests : LifecycleFixture
{
    private const int Many = 24;

    // Each takes some 200 KB.
    private const int Budget = 12_000_000;

    public CacheTests()
    {
        for (var i = 0; i < Many; i++)
            Put($"m{i}", 1, i + 2);
        Put("pinned", 1, 100);
        Models.Write("pinned/model.yaml", "pinned: true");
        Put("eager", 1, 200);
        Models.Write("eager/model.yaml", "loading: eager");
        Put("crowd", 1, 300);
        Put("broken", 1, 400);
        Spoil("broken/1");
    }

    protected override (string Key, string Value)[] Settings =>
        [("Cache:Loading", "lazy"), ("Cache:MemoryBytes", $"{Budget}"), ("Repository:PollSeconds", "1"), ("Repository:SettleMilliseconds", "20")];

    // One server goes through its life; the attributes that are to take their place make tests fail with those before them.
#pragma warning disable CS0618
    [Test, Order(1)]
    public async Task Start_LazyModels_AreReadyAndNotInMemory()
    {
        Assert.Multiple(async () =>
        {
            Assert.That(await IndexAsync("m0"), Is.EqualTo("1 READY not in memory; its first request loads it"));
            Assert.That(await IndexAsync("eager"), Is.EqualTo("1 READY"));
            Assert.That(await ReadinessAsync("m0"), Is.EqualTo((true, HealthCheckResponse.Types.ServingStatus.Serving)));
            Assert.That(await MetricAsync("inference_cache_pipelines"), Is.EqualTo(1));
            Assert.That(await PageAsync(), Does.Not.Contain("model=\"m0\""), "no series before there is something to tell");
        });
    }

    [Test, Order(2)]
    public async Task Infer_CrowdOfFirstRequests_LoadsOnce()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => AskAsync("crowd")));

        Assert.That(answers, Is.All.EqualTo(300));
        Assert.That(await PageAsync(), Does.Contain("inference_pipeline_loads_total{model=\"crowd\",version=\"1\",result=\"ok\"} 1"));
        Assert.That(await IndexAsync("crowd"), Is.EqualTo("1 READY"));
    }

    [Test, Order(3)]
    public async Task Infer_MoreModelsThanFit_EvictsAndEveryAnswerIsItsModels()
    {
        await AskAsync("pinned");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            for (var i = 0; i < 40; i++)
            {
                var model = random.Next(Many);
                var asked = client % 4 == 0 ? await AskOnStreamAsync($"m{model}") : await AskAsync($"m{model}");
                Assert.That(asked, Is.EqualTo(model + 2));
            }
        })));

        Assert.Multiple(async () =>
        {
            Assert.That(await MetricAsync("inference_cache_evictions_total{reason=\"room\"}"), Is.GreaterThan(Many / 2));
            Assert.That(await MetricAsync("inference_cache_memory_bytes"), Is.GreaterThan(0).And.LessThanOrEqualTo(Budget));
            Assert.That(await MetricAsync("inference_cache_misses_total"), Is.GreaterThan(Many));
            Assert.That(await IndexAsync("pinned"), Is.EqualTo("1 READY"), "pinned stays");
        });
    }

    [Test, Order(4)]
    public async Task Infer_BrokenModel_SaysSoAtItsFirstRequestAndServesOnceItIsMended()
    {
        ExpectErrorLog("model 'broken' version 1");
        Assert.That(await IndexAsync("broken"), Does.StartWith("1 READY"), "nobody has looked at it yet");

        var error = await FailureAsync(() => AskAsync("broken"));
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));
        Assert.That(await IndexAsync("broken"), Does.StartWith("1 UNAVAILABLE"));

        Put("broken", 1, 400);
        await UntilAsync("broken", "1 READY", isBeginning: true);
        Assert.That(await AskAsync("broken"), Is.EqualTo(400));
    }

    [Test, Order(5)]
    public async Task Metadata_LazyModel_IsThatOfTheModel()
    {
        var metadata = await Server.Client.ModelMetadataAsync(new ModelMetadataRequest { Name = "m1", Version = "1" });

        Assert.That((metadata.Inputs.Single().Name, metadata.Outputs.Single().Name), Is.EqualTo(("x", "y")));
        Assert.That(metadata.Versions, Is.EqualTo(new[] { "1" }));
    }

    [Test, Order(6)]
    public async Task Reload_ChangedModelThatIsNotInMemory_AnswersByItsNewContent()
    {
        for (var i = 10; i < Many; i++)
            await AskAsync($"m{i}");
        Assert.That(await IndexAsync("m2"), Does.Contain("not in memory"));
        var loads = await LoadsAsync("m2");

        Put("m2", 1, 1000);
        var answer = 0f;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (answer != 1000)
        {
            // Where its files are not those that were listed any more, it waits for what is there now.
            answer = await AskAsync("m2");
            Assert.That(answer, Is.EqualTo(1000).Or.EqualTo(4));
            limit.Token.ThrowIfCancellationRequested();
            await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
        }

        Assert.That(await LoadsAsync("m2"), Is.GreaterThan(loads));
    }

    [Test, Order(7)]
    public async Task Infer_CallersGiveUpAtOnce_LoadsGoOnAndNothingIsLost()
    {
        for (var i = 0; i < Many; i++)
        {
            using var impatience = new CancellationTokenSource(TimeSpan.FromMilliseconds(i % 4));
            try
            {
                var answer = await Server.Client.ModelInferAsync(Request($"m{i}"), cancellationToken: impatience.Token);
                Assert.That(answer.Floats("y")[0], Is.EqualTo(i == 2 ? answer.Floats("y")[0] : i + 2));
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled)
            {
                // As it was meant.
            }
        }

        Assert.That(await AskAsync("m3"), Is.EqualTo(5));
    }
#pragma warning restore CS0618

    private static ModelInferRequest Request(string model) => Requests.For(model, "1").Floats("x", [1, 2], 1f, 1f);

    private void Put(string model, int version, float factor) =>
        ScaleModel.Put(Path.Combine(Models.Path, model, $"{version}", "model.onnx"), ScaleModel.Bytes(factor));

    private async Task<float> AskAsync(string model) =>
        (await Server.Client.ModelInferAsync(Request(model), deadline: DateTime.UtcNow.AddSeconds(60))).Floats("y")[0];

    private async Task<float> AskOnStreamAsync(string model)
    {
        using var stream = Server.Client.ModelStreamInfer(deadline: DateTime.UtcNow.AddSeconds(60));
        await stream.RequestStream.WriteAsync(Request(model));
        await stream.RequestStream.CompleteAsync();
        Assert.That(await stream.ResponseStream.MoveNext(CancellationToken.None), Is.True);
        Assert.That(stream.ResponseStream.Current.ErrorMessage, Is.Empty);
        var answer = stream.ResponseStream.Current.InferResponse.Floats("y")[0];
        await stream.ResponseStream.MoveNext(CancellationToken.None);
        return answer;
    }

    private Task<string> PageAsync() => Server.Http.GetStringAsync(new Uri(Server.MetricsAddress, "/metrics"));

    private async Task<double> MetricAsync(string series)
    {
        var line = (await PageAsync()).Split('\n').Single(l => l.StartsWith(series + ' ', StringComparison.Ordinal));
        return double.Parse(line[series.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private Task<double> LoadsAsync(string model) => MetricAsync($"inference_pipeline_loads_total{{model=\"{model}\",version=\"1\",result=\"ok\"}}");
}
