using Inference.Core.Telemetry;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class PrometheusInferenceMetricsTests
{
    private static readonly StageSeconds AllStages = new(0.001, 0.002, 0.003, 0.004, 0.01);

    [Test]
    public async Task RequestCompleted_Ok_CountsRequestAndRows()
    {
        using var page = new MetricsPage();
        var recorder = page.Metrics.ForPipeline("digits", "2", "cpu");

        recorder.RequestCompleted("ok", AllStages, rows: 8);
        recorder.RequestCompleted("ok", AllStages, rows: 3);

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_requests_total{model=\"digits\",version=\"2\",code=\"ok\"} 2\n"));
            Assert.That(text, Does.Contain("inference_rows_total{model=\"digits\",version=\"2\"} 11\n"));
        });
    }

    [Test]
    public async Task RequestCompleted_Error_CountsItsCodeButNoRows()
    {
        using var page = new MetricsPage();
        var recorder = page.Metrics.ForPipeline("digits", "2", "cpu");

        recorder.RequestCompleted("deadline_exceeded", AllStages, rows: 8);
        recorder.RequestCompleted("deadline_exceeded", AllStages, rows: 8);
        recorder.RequestCompleted("overloaded", AllStages, rows: 8);

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_requests_total{model=\"digits\",version=\"2\",code=\"deadline_exceeded\"} 2\n"));
            Assert.That(text, Does.Contain("inference_requests_total{model=\"digits\",version=\"2\",code=\"overloaded\"} 1\n"));
            Assert.That(text, Does.Contain("inference_requests_total{model=\"digits\",version=\"2\",code=\"ok\"} 0\n"));
            Assert.That(text, Does.Contain("inference_rows_total{model=\"digits\",version=\"2\"} 0\n"));
        });
    }

    [Test]
    public async Task RequestCompleted_AllStages_ObservesEachUnderItsName()
    {
        using var page = new MetricsPage();

        page.Metrics.ForPipeline("digits", "2", "cpu").RequestCompleted("ok", AllStages, rows: 1);

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            foreach (var (stage, seconds) in new[] { ("queue", "0.001"), ("preprocess", "0.002"), ("execute", "0.003"), ("postprocess", "0.004"), ("total", "0.01") })
                Assert.That(text, Does.Contain($"inference_request_duration_seconds_sum{{model=\"digits\",version=\"2\",stage=\"{stage}\"}} {seconds}\n"));
        });
    }

    [Test]
    public async Task RequestCompleted_StageNotReached_HasNoSeries()
    {
        using var page = new MetricsPage();

        page.Metrics.ForPipeline("digits", "2", "cpu").RequestCompleted("ok", new StageSeconds(0, 0, 0.003, 0, 0.003), rows: 1);

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("stage=\"execute\""));
            Assert.That(text, Does.Contain("stage=\"total\""));
            Assert.That(text, Does.Not.Contain("stage=\"queue\""));
            Assert.That(text, Does.Not.Contain("stage=\"preprocess\""));
            Assert.That(text, Does.Not.Contain("stage=\"postprocess\""));
        });
    }

    [TestCase(0.00005, "5E-05")]
    [TestCase(59, "60")]
    [TestCase(61, "+Inf")]
    public async Task RequestCompleted_Duration_FallsIntoTheBucketThatHoldsIt(double seconds, string bucket)
    {
        using var page = new MetricsPage();

        page.Metrics.ForPipeline("m", "1", "cpu").RequestCompleted("ok", new StageSeconds(0, 0, 0, 0, seconds), rows: 1);

        var buckets = (await page.ReadAsync()).Split('\n').Where(l => l.StartsWith("inference_request_duration_seconds_bucket", StringComparison.Ordinal));
        Assert.That(buckets.First(l => l.EndsWith(" 1", StringComparison.Ordinal)), Does.Contain($"le=\"{bucket}\"").IgnoreCase);
    }

    [Test]
    public async Task RequestRejected_UnknownModel_CountsWithEmptyLabels()
    {
        using var page = new MetricsPage();

        page.Metrics.RequestRejected(string.Empty, "model_not_found");
        page.Metrics.RequestRejected("digits", "version_required");

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_requests_total{model=\"\",version=\"\",code=\"model_not_found\"} 1\n"));
            Assert.That(text, Does.Contain("inference_requests_total{model=\"digits\",version=\"\",code=\"version_required\"} 1\n"));
        });
    }

    [Test]
    public async Task InFlightChanged_UpAndDown_TellsTheDifference()
    {
        using var page = new MetricsPage();

        page.Metrics.InFlightChanged(1);
        page.Metrics.InFlightChanged(1);
        page.Metrics.InFlightChanged(-1);

        Assert.That(await page.ReadAsync(), Does.Contain("inference_requests_in_flight 1\n"));
    }

    [Test]
    public async Task PipelineLoaded_TwiceThenFailed_CountsResultsAndKeepsTheLastDuration()
    {
        using var page = new MetricsPage();

        page.Metrics.PipelineLoaded("digits", "2", TimeSpan.FromSeconds(3), succeeded: true);
        page.Metrics.PipelineLoaded("digits", "2", TimeSpan.FromSeconds(2), succeeded: true);
        page.Metrics.PipelineLoaded("digits", "2", TimeSpan.FromSeconds(0.5), succeeded: false);

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_pipeline_loads_total{model=\"digits\",version=\"2\",result=\"ok\"} 2\n"));
            Assert.That(text, Does.Contain("inference_pipeline_loads_total{model=\"digits\",version=\"2\",result=\"failed\"} 1\n"));
            Assert.That(text, Does.Contain("inference_pipeline_load_duration_seconds{model=\"digits\",version=\"2\"} 0.5\n"));
        });
    }

    [Test]
    public async Task ForPipeline_OtherDeviceAfterReload_TellsOnlyTheNewOne()
    {
        using var page = new MetricsPage();

        page.Metrics.ForPipeline("digits", "2", "cuda:0");
        page.Metrics.ForPipeline("digits", "2", "cpu");

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_pipeline_device_info{model=\"digits\",version=\"2\",device=\"cpu\"} 1\n"));
            Assert.That(text, Does.Not.Contain("cuda:0"));
        });
    }

    [Test]
    public async Task TwoServers_InOneProcess_CountApart()
    {
        using var one = new MetricsPage();
        using var other = new MetricsPage();

        one.Metrics.RequestRejected("digits", "overloaded");

        Assert.Multiple(async () =>
        {
            Assert.That(await one.ReadAsync(), Does.Contain("code=\"overloaded\"} 1"));
            Assert.That(await other.ReadAsync(), Does.Not.Contain("overloaded"));
        });
    }
}
