using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>Who waits, in which order, for how long, and who is refused.</summary>
internal sealed class QueueTests : OneWorkerFixture
{
    // About ten milliseconds, so that answers come one after the other.
    private const long Iterations = 1000;

    public QueueTests() => Models
        .Copy(RepositoryPaths.TestModels, "slow", "ranked")
        .Write("ranked/1/pipeline.yaml", "queue: { priority_levels: 3, ageing: 0s, levels: { 2: { max_rows: 2 }, 3: { timeout: 60s } } }")
        .Copy(RepositoryPaths.TestModels, "dense", "impatient")
        .Write("impatient/1/pipeline.yaml", "queue: { timeout: 100ms }")
        .Copy(RepositoryPaths.TestModels, "dense", "few_rows")
        .Write("few_rows/1/pipeline.yaml", "queue: { max_rows: 10 }")
        .Copy(RepositoryPaths.TestModels, "dense", "few_bytes")
        .Write("few_bytes/1/pipeline.yaml", "queue: { max_bytes: 1280 }");

    [Test]
    public async Task ModelStreamInfer_LowPriorityCameFirst_HighPriorityIsAnsweredFirst()
    {
        using var stream = Server.Client.ModelStreamInfer();
        await using (await BlockAsync())
        {
            // Level 2 is that of requests which name none, or one that there is not.
            ulong?[] levels = [3, 3, null, 3, 1, 7, 1, 1];
            for (var i = 0; i < levels.Length; i++)
                await stream.RequestStream.WriteAsync(Ranked($"{levels[i] ?? 0}", levels[i], i));
            await stream.RequestStream.CompleteAsync();
            await Scrape.QueuedAsync(Server, "ranked", levels.Length);
        }

        var ids = new List<string>();
        while (await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit))
        {
            Assert.That(stream.ResponseStream.Current.ErrorMessage, Is.Empty);
            ids.Add(stream.ResponseStream.Current.InferResponse.Id);
        }

        // Answers of two runs that follow each other may overtake each other on their way, by one place.
        string[] expected = ["1-4", "1-6", "1-7", "0-2", "7-5", "3-0", "3-1", "3-3"];
        Assert.That(ids, Is.EquivalentTo(expected));
        Assert.That(expected.Select((id, place) => Math.Abs(ids.IndexOf(id) - place)), Is.All.LessThanOrEqualTo(1), $"came as {string.Join(' ', ids)}");
    }

    [Test]
    public async Task ModelInfer_LevelIsFull_RefusesThatLevelOnly()
    {
        List<Task<ModelInferResponse>> waiting;
        await using (await BlockAsync())
        {
            waiting = [InferAsync(Ranked("a", 2, 0)), InferAsync(Ranked("b", 2, 1))];
            await Scrape.QueuedAsync(Server, "ranked", 2);
            await IsRefusedAsync(Ranked("c", 2, 2), "its queue is full");
            waiting.Add(InferAsync(Ranked("d", 1, 3)));
            await Scrape.QueuedAsync(Server, "ranked", 3);
        }

        Assert.That((await Task.WhenAll(waiting)).Select(a => a.Id), Is.EqualTo(new[] { "a-0", "b-1", "d-3" }));
    }

    [Test]
    public async Task ModelInfer_WaitsLongerThanTheQueueAllows_IsDeadlineExceededAndDidNotRun()
    {
        var before = (await StatisticsAsync("impatient")).ExecutionCount;
        await using var blockade = await BlockAsync();

        var error = (await Assert.ThrowsAsync<RpcException>(() => InferAsync(Dense("impatient", 1))))!;

        Assert.Multiple(() =>
        {
            Assert.That(error.StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
            Assert.That(error.Status.Detail, Does.Contain("queue timeout passed").And.Contains("the model did not run"));
        });
        Assert.That((await StatisticsAsync("impatient")).ExecutionCount, Is.EqualTo(before));
        var stops = await Scrape.SeriesAsync(Server, "inference_stops_total{model=\"impatient\"");
        Assert.That(stops.Single(s => s.Value > 0).Key, Does.Contain("place=\"queued\"").And.Contains("cause=\"queue_timeout\""));
    }

    [Test]
    public async Task ModelInfer_RequestsOwnTimeoutIsLonger_ReplacesThatOfTheQueue()
    {
        var patient = Dense("impatient", 2);
        patient.Parameters.Add("timeout", new InferParameter { Int64Param = 60_000_000 });
        Task<ModelInferResponse> call;
        await using (await BlockAsync())
        {
            call = InferAsync(patient);
            await Scrape.QueuedAsync(Server, "impatient", 1);
            await Assert.ThrowsAsync<RpcException>(() => InferAsync(Dense("impatient", 3)));
            Assert.That(call.IsCompleted, Is.False);
        }

        Assert.That((await call).Outputs.Single().Shape, Is.EqualTo(new long[] { 2, 4 }));
    }

    [TestCase("few_rows", 10, "its queue is full, 10 rows of 2 requests wait (queue.max_rows is 10)", "queue_rows")]
    [TestCase("few_bytes", 10, "its queue is full, 1280 bytes of 2 requests wait (queue.max_bytes is 1280)", "queue_bytes")]
    public async Task ModelInfer_QueueIsFull_IsResourceExhaustedAndTheWaitingAreAnswered(string model, int rows, string text, string reason)
    {
        List<Task<ModelInferResponse>> waiting;
        await using (await BlockAsync())
        {
            waiting = [InferAsync(Dense(model, rows - 3)), InferAsync(Dense(model, 3))];
            await Scrape.QueuedAsync(Server, model, 2);
            await IsRefusedAsync(Dense(model, 1), text);
        }

        Assert.That((await Task.WhenAll(waiting)).Select(a => a.Outputs.Single().Shape[0]), Is.EqualTo(new long[] { rows - 3, 3 }));
        var refusals = await Scrape.SeriesAsync(Server, "inference_refusals_total{");
        Assert.That(refusals[$"inference_refusals_total{{model=\"{model}\",version=\"1\",reason=\"{reason}\"}}"], Is.EqualTo(1));
    }

    [Test]
    public async Task ModelInfer_CancelledWhileItWaits_LeavesTheQueue()
    {
        await using var blockade = await BlockAsync();
        using var cancellation = new CancellationTokenSource();
        var call = Server.Client.ModelInferAsync(Dense("few_rows", 10), cancellationToken: cancellation.Token).ResponseAsync;
        await Scrape.QueuedAsync(Server, "few_rows", 1);

        await cancellation.CancelAsync();

        Assert.That((await Assert.ThrowsAsync<RpcException>(() => call))!.StatusCode, Is.EqualTo(StatusCode.Cancelled));
        await Scrape.QueuedAsync(Server, "few_rows", 0);
        Assert.That(await Scrape.ValueAsync(Server, "inference_queue_bytes", "few_rows"), Is.Zero);
    }

    private static ModelInferRequest Ranked(string id, ulong? priority, int number)
    {
        var request = Blockade.Slow("ranked", Iterations);
        request.Id = $"{id}-{number}";
        if (priority is { } level)
            request.Parameters.Add("priority", new InferParameter { Uint64Param = level });
        return request;
    }

    private static ModelInferRequest Dense(string model, int rows) => Requests.For(model, "1").Floats("x", [rows, 32], Values(rows, rows * 32));

    private async Task IsRefusedAsync(ModelInferRequest request, string text)
    {
        var error = (await Assert.ThrowsAsync<RpcException>(() => InferAsync(request)))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
            Assert.That(error.Status.Detail, Does.Contain(text));
        });
    }
}
