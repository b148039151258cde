using System.Net.Sockets;
using System.Text;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Connections;

/// <summary>A client that sends pings and nothing else, byte by byte, and clients that send them beside their work.</summary>
internal sealed class PingFloodTests : ServerFixture
{
    private const int Most = 20;
    private const byte GoAway = 7;
    private static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    private static readonly byte[] EmptySettings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    private static readonly byte[] Ping = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    protected override string Repository => RepositoryPaths.TestModels;

    protected override (string Key, string Value)[] Settings => [("Server:MaxIdlePings", $"{Most}")];

    [Test]
    public async Task Pings_MoreThanAllowed_ClientIsAskedToGo()
    {
        var before = await Ended("pings");
        using var client = new TcpClient();
        var wire = await OpenAsync(client);

        await FloodAsync(wire, Most + 5);

        Assert.That(await ReadFrameTypesAsync(wire, until: GoAway).WaitAsync(Limit), Does.Contain(GoAway));
        Assert.That(await Ended("pings"), Is.EqualTo(before + 1));
        Assert.That(Server.Log.All.Select(e => e.Text), Has.Some.Contains("Server:MaxIdlePings"));
    }

    [Test]
    public async Task Pings_WithoutEnd_ClientIsCutOff()
    {
        var before = await Ended("ping_flood");
        using var client = new TcpClient();
        var wire = await OpenAsync(client);

        // All at once, so that the server has no time to close the connection in good order.
        await FloodAsync(wire, 10 * Most);

        await ReadFrameTypesAsync(wire, until: null).WaitAsync(Limit);
        Assert.That(await Ended("ping_flood"), Is.EqualTo(before + 1));
    }

    [Test]
    public async Task Pings_AFewOnAnIdleConnection_AreAnswered()
    {
        using var client = new TcpClient();
        var wire = await OpenAsync(client);
        await FloodAsync(wire, Most - 1);

        // The read after the last answer would wait for ever.
        var types = new List<byte>();
        while (types.Count(t => t == Ping[3]) < Most - 1)
            types.AddRange(await ReadFrameTypesAsync(wire, until: Ping[3]).WaitAsync(Limit));

        Assert.That(types, Does.Not.Contain(GoAway));
    }

    [Test]
    public async Task Calls_WithLargeAnswers_AreNotTakenForAFlood()
    {
        // The client measures the way with pings while it reads.
        var before = await Ended("pings");
        var values = new float[1 << 20];
        for (var i = 0; i < 30; i++)
            await Server.Client.ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [values.Length / 2, 2], values));

        Assert.That(await Ended("pings"), Is.EqualTo(before));
    }

    private async Task<NetworkStream> OpenAsync(TcpClient client)
    {
        await client.ConnectAsync(Server.GrpcAddress.Host, Server.GrpcAddress.Port);
        var wire = client.GetStream();
        await wire.WriteAsync(Preface.Concat(EmptySettings).ToArray());
        return wire;
    }

    private static async Task FloodAsync(NetworkStream wire, int pings) =>
        await wire.WriteAsync(Enumerable.Repeat(Ping, pings).SelectMany(p => p).ToArray());

    // Until a frame of that type, or until the server closes.
    private static async Task<List<byte>> ReadFrameTypesAsync(NetworkStream wire, byte? until)
    {
        var types = new List<byte>();
        var header = new byte[9];
        try
        {
            while ((types.Count == 0 || types[^1] != until) && await wire.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false) == header.Length)
            {
                types.Add(header[3]);
                await wire.ReadExactlyAsync(new byte[(header[0] << 16) | (header[1] << 8) | header[2]]);
            }
        }
        catch (IOException)
        {
            // Reset by the server.
        }

        return types;
    }

    private async Task<double> Ended(string reason) =>
        (await Scrape.SeriesAsync(Server, "inference_connections_ended_total"))[$"inference_connections_ended_total{{reason=\"{reason}\"}}"];
}
