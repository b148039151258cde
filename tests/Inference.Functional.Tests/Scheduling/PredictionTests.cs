using Google.Rpc;
using Grpc.Core;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>From what runs took the server knows who cannot be answered in time.</summary>
internal sealed class PredictionTests : OneWorkerFixture
{
    private const int Waiting = 20;
    private static readonly TimeSpan LeastRun = TimeSpan.FromMilliseconds(400);

    public PredictionTests() => Models.Copy(RepositoryPaths.TestModels, "slow");

    [Test]
    public async Task ModelInfer_WouldWaitBeyondItsDeadline_IsRefusedAtOnceWithTheTimeToRetry()
    {
        // A deadline of three seconds against a queue of at least eight.
        var iterations = await IterationsOfAsync(LeastRun);
        using var cancellation = new CancellationTokenSource();
        var calls = Enumerable.Range(0, Waiting + 1)
            .Select(_ => Server.Client.ModelInferAsync(Blockade.Slow("slow", iterations), cancellationToken: cancellation.Token).ResponseAsync).ToList();
        await Scrape.UntilAsync(async () => await Scrape.ValueAsync(Server, "inference_queue_requests", "slow") >= Waiting - 2, "a queue");

        var error = (await Assert.ThrowsAsync<RpcException>(() => Server.Client.ModelInferAsync(Blockade.Slow("slow", iterations), deadline: DateTime.UtcNow.AddSeconds(3)).ResponseAsync))!;
        await cancellation.CancelAsync();

        var retry = error.GetRpcStatus()?.GetDetail<RetryInfo>();
        Assert.Multiple(() =>
        {
            Assert.That(error.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), error.Status.Detail);
            Assert.That(error.Status.Detail, Does.Contain("the request would wait for about"));
            Assert.That(retry?.RetryDelay.ToTimeSpan(), Is.GreaterThan(TimeSpan.FromSeconds(1)).And.LessThan(TimeSpan.FromMinutes(5)));
            Assert.That(error.GetRpcStatus()?.Code, Is.EqualTo((int)StatusCode.ResourceExhausted));
            Assert.That(error.Trailers.GetValue("grpc-retry-pushback-ms"), Is.Not.Null);
        });
        Assert.That(await RefusalsAsync(), Is.EqualTo(1));
        foreach (var call in calls)
            await call.ContinueWith(c => c.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    // How many iterations take that long here, which at the same time is how the server learns it.
    private async Task<long> IterationsOfAsync(TimeSpan time)
    {
        for (var iterations = 2000L; ; iterations *= 2)
        {
            var answer = await InferAsync(WithTimings(Blockade.Slow("slow", iterations)));
            if (answer.Parameters["execute_us"].Int64Param < time.TotalMicroseconds)
                continue;
            for (var i = 0; i < 3; i++)
                await InferAsync(Blockade.Slow("slow", iterations));
            return iterations;
        }
    }

    private async Task<double> RefusalsAsync() =>
        (await Scrape.SeriesAsync(Server, "inference_refusals_total{"))["inference_refusals_total{model=\"slow\",version=\"1\",reason=\"deadline\"}"];
}
