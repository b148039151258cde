namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class SchedulingMetricsTests
{
    [Test]
    public async Task RunCompleted_Batches_CountsRowsRequestsAndResults()
    {
        using var page = new MetricsPage();
        var recorder = page.Metrics.ForPipeline("digits", "2", "cpu");

        recorder.RunCompleted(rows: 24, requests: 3, succeeded: true);
        recorder.RunCompleted(rows: 8, requests: 1, succeeded: true);
        recorder.RunCompleted(rows: 1, requests: 1, succeeded: false);

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_batch_rows_sum{model=\"digits\",version=\"2\"} 33\n"));
            Assert.That(text, Does.Contain("inference_batch_rows_bucket{model=\"digits\",version=\"2\",le=\"8\"} 2\n"));
            Assert.That(text, Does.Contain("inference_batch_rows_bucket{model=\"digits\",version=\"2\",le=\"32\"} 3\n"));
            Assert.That(text, Does.Contain("inference_batch_requests_sum{model=\"digits\",version=\"2\"} 5\n"));
            Assert.That(text, Does.Contain("inference_runs_total{model=\"digits\",version=\"2\",result=\"ok\"} 2\n"));
            Assert.That(text, Does.Contain("inference_runs_total{model=\"digits\",version=\"2\",result=\"failed\"} 1\n"));
        });
    }

    [Test]
    public async Task RefusedAndStopped_EachKind_CountsUnderItsLabels()
    {
        using var page = new MetricsPage();
        var recorder = page.Metrics.ForPipeline("digits", "2", "cpu");

        recorder.Refused("queue_rows");
        recorder.Refused("queue_rows");
        recorder.Refused("deadline");
        recorder.Stopped("queued", "cancelled");
        recorder.Stopped("running", "cancelled");
        page.Metrics.RequestRefused("concurrency");

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_refusals_total{model=\"digits\",version=\"2\",reason=\"queue_rows\"} 2\n"));
            Assert.That(text, Does.Contain("inference_refusals_total{model=\"digits\",version=\"2\",reason=\"deadline\"} 1\n"));
            Assert.That(text, Does.Contain("inference_refusals_total{model=\"\",version=\"\",reason=\"concurrency\"} 1\n"));
            Assert.That(text, Does.Contain("inference_stops_total{model=\"digits\",version=\"2\",place=\"queued\",cause=\"cancelled\"} 1\n"));
            Assert.That(text, Does.Contain("inference_stops_total{model=\"digits\",version=\"2\",place=\"running\",cause=\"cancelled\"} 1\n"));
        });
    }

    [Test]
    public async Task Waited_WithPrediction_TellsPredictedAndActual()
    {
        using var page = new MetricsPage();

        page.Metrics.ForPipeline("digits", "2", "cpu").Waited(0.25, 0.5);

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_wait_predicted_seconds_sum{model=\"digits\",version=\"2\"} 0.25\n"));
            Assert.That(text, Does.Contain("inference_wait_actual_seconds_sum{model=\"digits\",version=\"2\"} 0.5\n"));
        });
    }

    [Test]
    public async Task Streams_OpenedAndClosed_TellsHowManyAreOpenAndBusy()
    {
        using var page = new MetricsPage();

        page.Metrics.StreamOpened();
        page.Metrics.StreamOpened();
        page.Metrics.StreamClosed();
        page.Metrics.StreamInFlightChanged(5);
        page.Metrics.StreamInFlightChanged(-2);
        page.Metrics.FirstResponse(TimeSpan.FromMilliseconds(250));

        var text = await page.ReadAsync();
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("inference_streams_open 1\n"));
            Assert.That(text, Does.Contain("inference_stream_requests_in_flight 3\n"));
            Assert.That(text, Does.Contain("inference_stream_first_response_seconds_sum 0.25\n"));
        });
    }

    [Test]
    public async Task Pipeline_WithNothingToTell_HasNoSeriesOfScheduling()
    {
        using var page = new MetricsPage();
        var recorder = page.Metrics.ForPipeline("digits", "2", "cpu");
        using var watch = recorder.WatchQueue(() => default);

        var series = (await page.ReadAsync()).Split('\n').Where(l => l.Contains("model=\"digits\"", StringComparison.Ordinal));

        Assert.That(series.Where(l => l.Contains("batch", StringComparison.Ordinal) || l.Contains("queue", StringComparison.Ordinal) || l.Contains("wait", StringComparison.Ordinal)), Is.Empty);
    }
}
