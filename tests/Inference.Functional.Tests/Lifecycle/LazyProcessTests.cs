using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Artefacts;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>A real process in mode explicit whose models wait for their first requests. One of them is so large that its load takes a while.</summary>
[CancelAfter(120_000)]
internal sealed class LazyProcessTests
{
    private const string Large = "large";
    private const int Channels = 40;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private TemporaryRepository _models = null!;
    private ServerProcess _server = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _models = new TemporaryRepository();
        ScaleModel.Put(Path.Combine(_models.Path, Large, "1", "model.onnx"), ResidualNetwork.Bytes(Channels, seed: 1));
        foreach (var factor in new[] { 2, 3, 4 })
            ScaleModel.Put(Path.Combine(_models.Path, $"m{factor}", "1", "model.onnx"), ScaleModel.Bytes(factor));
        _server = await ServerProcess.StartAsync(_models.Path, "--Repository:Mode=explicit", "--Repository:LoadAtStart=*", "--Cache:Loading=lazy", "--Shutdown:GraceSeconds=0", "--Shutdown:DrainSeconds=60", "--Cache:MemoryBytes=500000000");
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        _models.Dispose();
    }

    [Test]
    public async Task Infer_DeadlinePassesDuringTheFirstLoad_LoadGoesOnAndTheNextIsAnswered(CancellationToken timeout)
    {
        // Connected, so that the deadline passes in the server.
        await AskAsync(2, timeout);
        var error = (await Assert.ThrowsAsync<RpcException>(async () => await _server.Client.ModelInferAsync(LargeRequest(), deadline: DateTime.UtcNow.AddMilliseconds(50), cancellationToken: timeout)))!;
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));

        // Nobody asks meanwhile.
        await Scrape.UntilAsync(async () => await LoadsAsync() == 1, "it has been loaded");
        await AskLargeAsync(timeout);
        Assert.That(await LoadsAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Sigterm_DuringAFirstLoad_AnswersWhoWaitsForItAndExitsWithZero(CancellationToken timeout)
    {
        var waiting = Enumerable.Range(0, 4).Select(_ => AskLargeAsync(timeout)).ToList();
        await Scrape.UntilAsync(async () => await InFlightAsync() == waiting.Count, "all of them wait");

        _server.Signal(ServerProcess.Terminate);

        await Task.WhenAll(waiting);
        Assert.That(await _server.WaitForExitAsync(Limit), Is.Zero, _server.Output);
    }

    [Test]
    public async Task LoadAndUnload_LazyModels_AreInMemoryWhenTheCallEndsAndRefusedAfterwards(CancellationToken timeout)
    {
        Assert.That(await AskAsync(2, timeout), Is.EqualTo(2));
        await _server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "m3" }, cancellationToken: timeout);
        Assert.That((await _server.Client.RepositoryIndexAsync(new RepositoryIndexRequest(), cancellationToken: timeout)).Models.Where(m => m.State == "READY" && m.Reason.Length == 0).Select(m => m.Name), Is.EquivalentTo(new[] { "m2", "m3" }));

        await _server.Client.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = "m2" }, cancellationToken: timeout);
        var error = (await Assert.ThrowsAsync<RpcException>(() => AskAsync(2, timeout)))!;
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.Unavailable), "a request does not bring back what a call has unloaded");

        await _server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "m2" }, cancellationToken: timeout);
        Assert.That((await AskAsync(2, timeout), await AskAsync(3, timeout), await AskAsync(4, timeout)), Is.EqualTo((2f, 3f, 4f)));
    }

    private static ModelInferRequest LargeRequest() => Requests.For(Large, "1").Floats("x", [1, 3, 64, 64], [.. Enumerable.Repeat(0.5f, 3 * 64 * 64)]);

    private async Task AskLargeAsync(CancellationToken cancellation)
    {
        var answer = await _server.Client.ModelInferAsync(LargeRequest(), cancellationToken: cancellation);
        Assert.That(answer.RawOutputContents[0].Length, Is.EqualTo(1000 * sizeof(float)));
    }

    private async Task<float> AskAsync(int factor, CancellationToken cancellation) =>
        (await _server.Client.ModelInferAsync(Requests.For($"m{factor}", "1").Floats("x", [1, 2], 1f, 1f), cancellationToken: cancellation)).Floats("y")[0];

    private async Task<double> LoadsAsync() =>
        (await Scrape.SeriesAsync(_server.Http, _server.MetricsAddress, "inference_pipeline_loads_total")).GetValueOrDefault($"inference_pipeline_loads_total{{model=\"{Large}\",version=\"1\",result=\"ok\"}}");

    private async Task<double> InFlightAsync() =>
        (await Scrape.SeriesAsync(_server.Http, _server.MetricsAddress, "inference_requests_in_flight"))["inference_requests_in_flight"];
}
