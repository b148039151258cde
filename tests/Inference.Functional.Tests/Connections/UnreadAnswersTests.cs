using System.Globalization;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Connections;

/// <summary>
/// Clients that ask for much, read none of it and go. The web server may then wait for calls that have ended, and it never gives back
/// what it took from its pool for them, so that the server is a process of its own.
/// </summary>
internal sealed class UnreadAnswersTests
{
    private const int Clients = 10;
    private const int Calls = 500;
    private const string Live = "/inference.GRPCInferenceService/ServerLive";
    private const ushort InitialWindow = 4;
    private const string Open = "inference_connections_open ";
    private static readonly byte[] EmptyMessage = [0, 0, 0, 0, 0];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Test]
    public async Task Answers_ThatAreNeverRead_EndWithTheConnectionAndHoldUpNoStop()
    {
        await using var server = await ServerProcess.StartAsync(RepositoryPaths.TestModels, "--Shutdown:GraceSeconds=0");
        for (var i = 0; i < Clients; i++)
            await AskAndGoAsync(server);

        await Scrape.UntilAsync(async () => await OpenAsync(server) == 0, "their connections are gone");
        var answer = await server.Client.ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [1, 2], 1, 2));
        Assert.That(answer.Floats("y"), Is.EqualTo(new[] { 1f, 2f }));
        server.Signal(ServerProcess.Terminate);
        Assert.That(await server.WaitForExitAsync(Limit), Is.Zero, server.Output);
        Assert.That(server.Output, Does.Not.Contain("crit:").And.Not.Contain("fail:"));
    }

    private static async Task AskAndGoAsync(ServerProcess server)
    {
        using var wire = await Http2Wire.OpenAsync(server.GrpcAddress, (InitialWindow, 0));
        for (var i = 0; i < Calls; i++)
        {
            var stream = (2 * i) + 1;
            await wire.SendAsync(
            [
                .. Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, stream, Http2Wire.Call(Live)),
                .. Http2Wire.Frame(Http2Wire.Data, Http2Wire.EndStream, stream, EmptyMessage),
            ]);
        }
    }

    private static async Task<double> OpenAsync(ServerProcess server)
    {
        var page = await server.Http.GetStringAsync(new Uri(server.MetricsAddress, "/metrics"));
        return double.Parse(page.Split('\n').Single(l => l.StartsWith(Open, StringComparison.Ordinal)).AsSpan(Open.Length), CultureInfo.InvariantCulture);
    }
}
