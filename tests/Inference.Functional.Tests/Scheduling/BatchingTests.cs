using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>Which requests share runs, and that each gets the answer that it gets alone.</summary>
internal sealed class BatchingTests : OneWorkerFixture
{
    public BatchingTests() => Models
        .Copy(RepositoryPaths.TestModels, "dense")
        .Copy(RepositoryPaths.TestModels, "dense", "large")
        .Copy(RepositoryPaths.TestModels, "dense", "streamed")
        .Copy(RepositoryPaths.TestModels, "dense", "alone")
        .Write("alone/1/pipeline.yaml", "batching: off")
        .Copy(RepositoryPaths.TestModels, "conditional_failure")
        .Copy(RepositoryPaths.SampleModels, "gloss-topics", "tokens")
        .Write("tokens/1/pipeline.yaml", "batching: { inputs: { input_ids: { pad: true }, attention_mask: { pad: true } } }");

    [Test]
    public async Task ModelInfer_ManyWaitAndNothingIsConfigured_ShareOneRunAndGetTheirOwnRows()
    {
        var requests = Enumerable.Range(0, 12).Select(i => WithTimings(Dense("dense", i, 1 + (i % 3)))).ToList();
        var alone = await AloneAsync(requests);
        var before = await StatisticsAsync("dense");

        var together = await Task.WhenAll(await TogetherAsync(requests));

        var after = await StatisticsAsync("dense");
        var series = await Scrape.SeriesAsync(Server, "inference_batch_r");
        Assert.Multiple(() =>
        {
            Assert.That(alone.Select(BatchRows), Is.EqualTo(requests.Select(r => r.Inputs[0].Shape[0])), "one came after the other");
            Assert.That(together.Select(BatchRows), Is.All.EqualTo(24));
            Assert.That(after.ExecutionCount - before.ExecutionCount, Is.EqualTo(1));
            Assert.That(after.BatchStats.Single(b => b.BatchSize == 24).ComputeInfer.Count, Is.EqualTo(1));
            Assert.That(series["inference_batch_requests_sum{model=\"dense\",version=\"1\"}"], Is.EqualTo(24));
            Assert.That(series["inference_batch_requests_count{model=\"dense\",version=\"1\"}"], Is.EqualTo(13));
            for (var i = 0; i < requests.Count; i++)
                Assert.That(together[i].Floats("y"), Is.EqualTo(alone[i].Floats("y")).Within(1e-5f), $"request {i}");
        });
    }

    [Test]
    public async Task ModelStreamInfer_ManyStreamsWait_ShareOneRunAndGetTheirOwnRows()
    {
        const int Streams = 40;
        var requests = Enumerable.Range(0, Streams).Select(i => WithTimings(Dense("streamed", i, 1))).ToList();
        var alone = await AloneAsync(requests);

        var streams = requests.Select(_ => Server.Client.ModelStreamInfer()).ToList();
        await using (await BlockAsync())
        {
            foreach (var (stream, request) in streams.Zip(requests))
                await stream.RequestStream.WriteAsync(request);
            await Scrape.QueuedAsync(Server, "streamed", Streams);
        }

        for (var i = 0; i < Streams; i++)
        {
            using var stream = streams[i];
            Assert.That(await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.True);
            var answer = stream.ResponseStream.Current;
            Assert.That(answer.ErrorMessage, Is.Empty);
            Assert.That(BatchRows(answer.InferResponse), Is.EqualTo(Streams));
            Assert.That(answer.InferResponse.Floats("y"), Is.EqualTo(alone[i].Floats("y")).Within(1e-5f), $"stream {i}");
        }
    }

    [Test]
    public async Task ModelInfer_ThousandRows_IsSplitIntoBatchesAndJoinedInOrder()
    {
        var whole = WithTimings(Dense("large", 7, 1000));
        var x = Values(7, 1000 * 32);
        var parts = await AloneAsync(x.Chunk(50 * 32).Select(rows => Requests.For("large", "1").Floats("x", [rows.Length / 32, 32], rows)));

        var answer = await InferAsync(whole);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Outputs.Single().Shape, Is.EqualTo(new long[] { 1000, 4 }));
            Assert.That(BatchRows(answer), Is.EqualTo(64));
            Assert.That(answer.Floats("y"), Is.EqualTo(parts.SelectMany(p => p.Floats("y"))).Within(1e-5f));
        });
        Assert.That((await StatisticsAsync("large")).ExecutionCount, Is.EqualTo(20 + 16));
    }

    [Test]
    public async Task ModelInfer_BatchingOff_RunsEachRequestByItself()
    {
        var requests = Enumerable.Range(0, 6).Select(i => WithTimings(Dense("alone", i, 2))).ToList();
        var alone = await AloneAsync(requests);

        var together = await Task.WhenAll(await TogetherAsync(requests));

        Assert.Multiple(() =>
        {
            Assert.That(together.Select(BatchRows), Is.All.EqualTo(2));
            for (var i = 0; i < requests.Count; i++)
                Assert.That(together[i].Floats("y"), Is.EqualTo(alone[i].Floats("y")), $"request {i}");
        });
        Assert.That((await StatisticsAsync("alone")).ExecutionCount, Is.EqualTo(12));
    }

    [Test]
    public async Task ModelInfer_TextsOfManyLengthsWithPadding_ShareOneRunAndGetTheAnswersOfEachAlone()
    {
        var requests = Enumerable.Range(1, 16).Select(i => WithTimings(Tokens(i, 1 + (i % 2), 3 * i))).ToList();
        var alone = await AloneAsync(requests);

        var together = await Task.WhenAll(await TogetherAsync(requests));

        Assert.Multiple(() =>
        {
            Assert.That(together.Select(BatchRows), Is.All.EqualTo(24));
            Assert.That(alone.Select(a => a.Floats("logits")[0]).Distinct().Count(), Is.EqualTo(16), "answers depend on the text");
            for (var i = 0; i < requests.Count; i++)
                Assert.That(together[i].Floats("logits"), Is.EqualTo(alone[i].Floats("logits")).Within(1e-4f), $"request {i}");
        });
    }

    [Test]
    public async Task ModelInfer_OneOfABatchIsWrong_FailsAloneAndTheOthersAreAnswered()
    {
        long[] indices = [1, 2, 100, 3, -1];

        var calls = await TogetherAsync([.. indices.Select(i => WithTimings(Index(i)))]);

        var error = (await Assert.ThrowsAsync<RpcException>(() => calls[2]))!;
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.InvalidArgument), error.Status.Detail);
        var answers = await Task.WhenAll(calls.Where((_, i) => i != 2));
        Assert.That(answers.Select(a => a.Floats("y").Single()), Is.EqualTo(new float[] { 20, 30, 40, 40 }));
        var runs = await Scrape.SeriesAsync(Server, "inference_runs_total{model=\"conditional_failure\"");
        Assert.Multiple(() =>
        {
            Assert.That(runs["inference_runs_total{model=\"conditional_failure\",version=\"1\",result=\"failed\"}"], Is.EqualTo(2), "the shared run, and the guilty one alone");
            Assert.That(runs["inference_runs_total{model=\"conditional_failure\",version=\"1\",result=\"ok\"}"], Is.EqualTo(4));
        });
    }

    private static ModelInferRequest Dense(string model, int seed, int rows) => Requests.For(model, "1").Floats("x", [rows, 32], Values(seed, rows * 32));

    private static ModelInferRequest Index(long index) => Requests.For("conditional_failure", "1").Raw("index", "INT64", [1], BitConverter.GetBytes(index));

    private static ModelInferRequest Tokens(int seed, int rows, int length)
    {
        var random = new Random(seed);
        var ids = new byte[rows * length * sizeof(long)];
        var mask = new byte[ids.Length];
        for (var i = 0; i < rows * length; i++)
        {
            BitConverter.TryWriteBytes(ids.AsSpan(i * sizeof(long)), random.NextInt64(5, 1000));
            mask[i * sizeof(long)] = 1;
        }

        return Requests.For("tokens", "1").Raw("input_ids", "INT64", [rows, length], ids).Raw("attention_mask", "INT64", [rows, length], mask);
    }
}
