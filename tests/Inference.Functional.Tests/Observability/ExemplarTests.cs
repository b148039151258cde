using System.Net.Http.Headers;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Observability.Otlp;
using NUnit.Framework;

namespace Inference.Functional.Tests.Observability;

/// <summary>From a bucket of a histogram to a trace of a request that was in it.</summary>
internal sealed class ExemplarTests
{
    [Test]
    public async Task Metrics_OfATracedRequest_NameItsTrace()
    {
        using var repository = new TemporaryRepository().Copy(RepositoryPaths.TestModels, "sum_product");
        await using var collector = await OtlpReceiver.StartAsync();
        await using var server = await RunningServer.StartAsync(repository.Path, ("Telemetry:Traces:Endpoint", collector.GrpcAddress));
        await server.Client.ModelInferAsync(Requests.For("sum_product", "1").WithId("example").Floats("a", [1, 3], new float[3]).Floats("b", [1, 3], new float[3]));

        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.MetricsAddress, "/metrics"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/openmetrics-text"));
        using var response = await server.Http.SendAsync(request);
        var page = await response.Content.ReadAsStringAsync();
        await server.StopAsync();

        var call = collector.Spans().Calls("example").Single();
        var bucket = page.Split('\n').Single(l => l.Contains("stage=\"total\"", StringComparison.Ordinal) && l.Contains("_bucket{", StringComparison.Ordinal) && l.Contains(" # ", StringComparison.Ordinal));
        Assert.That(bucket, Does.Contain($"trace_id=\"{call.TraceId.Hex()}\"").And.Contain($"span_id=\"{call.SpanId.Hex()}\""));
    }
}
