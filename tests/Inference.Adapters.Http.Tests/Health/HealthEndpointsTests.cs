using System.Net;
using Inference.Core.Lifecycle;

namespace Inference.Adapters.Http.Tests.Health;

public sealed class HealthEndpointsTests
{
    [TestCase(ServerPhase.Starting, HttpStatusCode.ServiceUnavailable, "starting")]
    [TestCase(ServerPhase.Running, HttpStatusCode.OK, "ready")]
    [TestCase(ServerPhase.Grace, HttpStatusCode.ServiceUnavailable, "about to stop")]
    [TestCase(ServerPhase.Draining, HttpStatusCode.ServiceUnavailable, "under way")]
    [TestCase(ServerPhase.Stopped, HttpStatusCode.ServiceUnavailable, "stopped")]
    public async Task Readyz_InPhase_AnswersWithReason(ServerPhase phase, HttpStatusCode status, string text)
    {
        await using var server = await HttpServer.StartAsync();
        server.Lifecycle.Advance(phase);

        using var response = await server.Client.GetAsync("/readyz");

        Assert.Multiple(async () =>
        {
            Assert.That(response.StatusCode, Is.EqualTo(status));
            Assert.That(await response.Content.ReadAsStringAsync(), Does.Contain(text).And.EndWith("\n"));
            Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/plain"));
            Assert.That(response.Headers.CacheControl?.NoStore, Is.True);
        });
    }

    [TestCase(ServerPhase.Starting, HttpStatusCode.OK)]
    [TestCase(ServerPhase.Running, HttpStatusCode.OK)]
    [TestCase(ServerPhase.Draining, HttpStatusCode.OK)]
    [TestCase(ServerPhase.Stopped, HttpStatusCode.ServiceUnavailable)]
    public async Task Livez_InPhase_FailsOnlyWhenStopped(ServerPhase phase, HttpStatusCode status)
    {
        await using var server = await HttpServer.StartAsync();
        server.Lifecycle.Advance(phase);

        using var response = await server.Client.GetAsync("/livez");

        Assert.That(response.StatusCode, Is.EqualTo(status));
    }

    [TestCase("/livez", HttpStatusCode.OK)]
    [TestCase("/readyz", HttpStatusCode.ServiceUnavailable)]
    public async Task Probe_AskedForTheHeadAlone_TellsTheStatus(string path, HttpStatusCode status)
    {
        await using var server = await HttpServer.StartAsync();

        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using var response = await server.Client.SendAsync(request);

        Assert.That((response.StatusCode, await response.Content.ReadAsStringAsync()), Is.EqualTo((status, string.Empty)));
    }

    [TestCase("/livez")]
    [TestCase("/readyz")]
    [TestCase("/metrics")]
    public async Task Endpoint_OtherMethod_IsRefused(string path)
    {
        await using var server = await HttpServer.StartAsync();

        using var response = await server.Client.PostAsync(path, content: null);

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }
}
