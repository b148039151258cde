using System.Globalization;
using System.Text.RegularExpressions;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>What callers and operators are told of the time that requests took.</summary>
internal sealed partial class TimingTests : OneWorkerFixture
{
    public TimingTests() => Models.Copy(RepositoryPaths.TestModels, "dense").Copy(RepositoryPaths.TestModels, "dense", "counted");

    [Test]
    public async Task ModelInfer_AsksForTimings_AreParametersAndATrailer()
    {
        Task<ModelInferResponse> answering;
        Grpc.Core.AsyncUnaryCall<ModelInferResponse> call;
        await using (await BlockAsync())
        {
            call = Server.Client.ModelInferAsync(WithTimings(Dense("dense", 3)));
            answering = call.ResponseAsync;
            await Scrape.QueuedAsync(Server, "dense", 1);
        }

        using (call)
        {
            var parameters = (await answering.WaitAsync(Limit)).Parameters;
            var trailer = Form().Match(call.GetTrailers().GetValue("server-timing") ?? string.Empty);
            Assert.That(trailer.Success, Is.True, call.GetTrailers().GetValue("server-timing"));
            var (queue, execute, total) = (Number(trailer, 1), Number(trailer, 2), Number(trailer, 3));
            Assert.Multiple(() =>
            {
                Assert.That(parameters.Keys, Is.EquivalentTo(new[] { "queue_us", "execute_us", "batch_rows" }));
                Assert.That(parameters["batch_rows"].Int64Param, Is.EqualTo(3));
                Assert.That(parameters["queue_us"].Int64Param, Is.GreaterThan(1000), "it was seen to wait");
                Assert.That(queue, Is.EqualTo(parameters["queue_us"].Int64Param / 1000.0).Within(0.002));
                Assert.That(execute, Is.EqualTo(parameters["execute_us"].Int64Param / 1000.0).Within(0.002));
                Assert.That(total, Is.GreaterThanOrEqualTo(queue + execute - 0.002));
            });
        }
    }

    [Test]
    public async Task ModelInfer_DoesNotAskForTimings_GetsNone()
    {
        using var call = Server.Client.ModelInferAsync(Dense("dense", 1));

        Assert.That((await call.ResponseAsync.WaitAsync(Limit)).Parameters, Is.Empty);
        Assert.That(call.GetTrailers().GetValue("server-timing"), Is.Null);
    }

    [Test]
    public async Task ModelStatistics_AfterBatches_CountsRequestsRowsAndRunsWithTheirTimes()
    {
        await Task.WhenAll(await TogetherAsync([.. Enumerable.Range(1, 8).Select(i => Dense("counted", i))]));
        for (var i = 0; i < 5; i++)
            await InferAsync(Dense("counted", 2));

        var statistics = await StatisticsAsync("counted");

        var (all, batches) = (statistics.InferenceStats, statistics.BatchStats);
        Assert.Multiple(() =>
        {
            Assert.That(all.Success.Count, Is.EqualTo(13));
            Assert.That(all.Fail.Count, Is.Zero);
            Assert.That(statistics.InferenceCount, Is.EqualTo(36 + 10));
            Assert.That(statistics.ExecutionCount, Is.EqualTo(6));
            Assert.That(batches.OrderBy(b => b.BatchSize).Select(b => (b.BatchSize, b.ComputeInfer.Count)), Is.EqualTo(new[] { (2ul, 5ul), (36ul, 1ul) }));
            Assert.That(new[] { all.Queue, all.ComputeInput, all.ComputeInfer, all.ComputeOutput }.Select(d => d.Count), Is.All.EqualTo(13));
            Assert.That(new[] { all.Queue.Ns, all.ComputeInput.Ns, all.ComputeInfer.Ns, all.ComputeOutput.Ns }, Is.All.Positive);
            Assert.That(all.Queue.Ns + all.ComputeInput.Ns + all.ComputeInfer.Ns + all.ComputeOutput.Ns, Is.LessThanOrEqualTo(all.Success.Ns));
            Assert.That(batches.Select(b => b.ComputeInfer.Ns), Is.All.Positive);

            // Each of the eight counts the run that it shared; a run counts once.
            Assert.That(all.ComputeInfer.Ns, Is.EqualTo((8 * Infer(batches, 36)) + Infer(batches, 2)).Within(13 * 1000));
        });
    }

    private static ulong Infer(IEnumerable<InferBatchStatistics> batches, ulong rows) => batches.Single(b => b.BatchSize == rows).ComputeInfer.Ns;

    private static ModelInferRequest Dense(string model, int rows) => Requests.For(model, "1").Floats("x", [rows, 32], Values(rows, rows * 32));

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^queue;dur=([\d.]+), execute;dur=([\d.]+), total;dur=([\d.]+)$")]
    private static partial Regex Form();
}
