using System.Globalization;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;
using Stream = Grpc.Core.AsyncDuplexStreamingCall<Inference.Adapters.Protocol.ModelInferRequest, Inference.Adapters.Protocol.ModelStreamInferResponse>;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>Streams over real models.</summary>
internal sealed class StreamServingTests : ServerFixture, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly TemporaryRepository _models = new TemporaryRepository()
        .Copy(RepositoryPaths.TestModels, "identity_fp32")
        .Copy(RepositoryPaths.TestModels, "slow", "small_queue").Write("small_queue/1/pipeline.yaml", "queue: { max_rows: 2 }")
        .Copy(RepositoryPaths.SampleModels, "digits")
        .Copy(RepositoryPaths.SampleModels, "digits-each");

    protected override string Repository => _models.Path;

    // Every request takes its turn in the queue.
    protected override (string Key, string Value)[] Settings => [("Execution:InlineBelowMicroseconds", "0")];

    public void Dispose() => _models.Dispose();

    [Test]
    public async Task ModelStreamInfer_HundredStreamsAtOnce_GetTheirOwnAnswers()
    {
        const int Streams = 100, PerStream = 30;

        await Task.WhenAll(Enumerable.Range(0, Streams).Select(async number =>
        {
            using var stream = Server.Client.ModelStreamInfer();
            var reading = AnswersAsync(stream);
            for (var i = 0; i < PerStream; i++)
                await stream.RequestStream.WriteAsync(Identity($"{number}/{i}", number, i));
            await stream.RequestStream.CompleteAsync();
            var answers = await reading.WaitAsync(Limit);
            Assert.That(answers.Select(a => a.ErrorMessage), Is.All.Empty);
            var values = answers.ToDictionary(a => a.InferResponse.Id, a => a.InferResponse.Floats("y"));
            Assert.That(values, Has.Count.EqualTo(PerStream));
            for (var i = 0; i < PerStream; i++)
                Assert.That(values[$"{number}/{i}"], Is.EqualTo(new float[] { number, i }));
        }));

        var series = await Scrape.SeriesAsync(Server, "inference_batch_requests_");
        Assert.That(series["inference_batch_requests_sum{model=\"identity_fp32\",version=\"1\"}"], Is.EqualTo(Streams * PerStream));
        await Scrape.UntilAsync(async () => (await Scrape.SeriesAsync(Server, "inference_streams_open")).Values.All(open => open == 0), "no stream open");
    }

    [Test]
    public async Task ModelStreamInfer_MoreThanTheQueueTakes_WaitsForRoomAndIsAnswered()
    {
        using var stream = Server.Client.ModelStreamInfer();
        for (var i = 0; i < 40; i++)
        {
            var request = Blockade.Slow("small_queue", 200);
            request.Id = i.ToString(CultureInfo.InvariantCulture);
            await stream.RequestStream.WriteAsync(request);
        }

        await stream.RequestStream.CompleteAsync();
        var answers = await AnswersAsync(stream).WaitAsync(Limit);

        Assert.That(answers.Select(a => a.ErrorMessage), Is.All.Empty);
        Assert.That(answers.Select(a => a.InferResponse.Id), Is.EquivalentTo(Enumerable.Range(0, 40).Select(i => i.ToString(CultureInfo.InvariantCulture))));
    }

    [Test]
    public async Task ModelStreamInfer_RowsEach_AnswersEachRowAsTheWholeModelDoesAndFlagsTheLast()
    {
        const int Rows = 7;
        var random = new Random(3);
        float[] pixels = [.. Enumerable.Range(0, Rows * 64).Select(_ => (float)random.Next(17))];
        var whole = await Server.Client.ModelInferAsync(Requests.For("digits", "1").Floats("image", [Rows, 8, 8], pixels));
        var request = Requests.For("digits-each", "1").Floats("pixels", [Rows, 64], [.. pixels.Select(p => p / 16)]);
        request.Id = "each";
        request.Parameters.Add("triton_enable_empty_final_response", new InferParameter { BoolParam = true });
        using var stream = Server.Client.ModelStreamInfer();
        await stream.RequestStream.WriteAsync(request);
        await stream.RequestStream.CompleteAsync();

        var answers = await AnswersAsync(stream).WaitAsync(Limit);

        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(a => a.ErrorMessage), Is.All.Empty);
            Assert.That(answers.Select(a => a.InferResponse.Id), Is.All.EqualTo("each"));
            Assert.That(answers.Select(IsFinal), Is.EqualTo(Enumerable.Repeat(false, Rows).Append(true)));
            Assert.That(answers[^1].InferResponse.Outputs, Is.Empty);
            Assert.That(answers.SkipLast(1).SelectMany(a => a.InferResponse.Strings("label")), Is.EqualTo(whole.Strings("label")));
            Assert.That(answers.SkipLast(1).SelectMany(a => a.InferResponse.Floats("score")), Is.EqualTo(whole.Floats("score")).Within(1e-5f));
        });
    }

    [Test]
    public async Task ModelInfer_RowsEach_IsUnimplementedAndNamesTheStream()
    {
        var error = (await Assert.ThrowsAsync<RpcException>(() => Server.Client.ModelInferAsync(Requests.For("digits-each", "1").Floats("pixels", [1, 64], new float[64])).ResponseAsync))!;

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.Unimplemented));
        Assert.That(error.Status.Detail, Does.Contain("ModelStreamInfer"));
    }

    [Test]
    public async Task ModelStreamInfer_RowsEachCancelledOnTheWay_LeavesNothingBehind()
    {
        using var cancellation = new CancellationTokenSource();
        using var stream = Server.Client.ModelStreamInfer(cancellationToken: cancellation.Token);
        await stream.RequestStream.WriteAsync(Requests.For("digits-each", "1").Floats("pixels", [20_000, 64], new float[20_000 * 64]));
        Assert.That(await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.True);

        await cancellation.CancelAsync();

        Assert.That((await Assert.ThrowsAsync<RpcException>(() => AnswersAsync(stream)))!.StatusCode, Is.EqualTo(StatusCode.Cancelled));
        await Scrape.UntilAsync(async () => (await Scrape.SeriesAsync(Server, "inference_stream")).Where(s => !s.Key.Contains("first_response", StringComparison.Ordinal)).All(s => s.Value == 0), "no stream");
    }

    private static async Task<List<ModelStreamInferResponse>> AnswersAsync(Stream stream)
    {
        var answers = new List<ModelStreamInferResponse>();
        while (await stream.ResponseStream.MoveNext(CancellationToken.None))
            answers.Add(stream.ResponseStream.Current);
        return answers;
    }

    private static bool IsFinal(ModelStreamInferResponse answer) => answer.InferResponse.Parameters["triton_final_response"].BoolParam;

    private static ModelInferRequest Identity(string id, params float[] values)
    {
        var request = Requests.For("identity_fp32", "1").Floats("x", [1, values.Length], values);
        request.Id = id;
        return request;
    }
}
