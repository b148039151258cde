using System.Net.Sockets;
using System.Text;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Connections;

/// <summary>Clients that abuse the transport, and one that works meanwhile: it is answered, and nothing is left of the others.</summary>
internal sealed class AbuseTests : ServerFixture
{
    private const string Live = "/inference.GRPCInferenceService/ServerLive";
    private const string Stream = "/inference.GRPCInferenceService/ModelStreamInfer";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan FloodTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(20);

    protected override string Repository => RepositoryPaths.TestModels;

    [Test]
    public Task Streams_OpenedAndResetAtOnce_AreCutOff() => BesidesAsync(async wire =>
    {
        var call = Http2Wire.Call(Live);
        await SendUntilClosedAsync(wire, 1000, i => [.. Pairs(i).SelectMany(s => Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, s, call).Concat(Http2Wire.Frame(Http2Wire.Reset, 0, s, Http2Wire.Number(8))))]);
    });

    [Test]
    public Task Headers_WithoutEnd_AreCutOff() => BesidesAsync(async wire =>
    {
        await wire.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 0, 1, Http2Wire.Call(Live)));
        await SendUntilClosedAsync(wire, 20_000, i => Http2Wire.Frame(Http2Wire.Continuation, 0, 1, Http2Wire.Literal($"x-{i}", new string('y', 1000))));
    });

    [Test]
    public Task Headers_ThatUnpackToMuchMore_AreCutOff() => BesidesAsync(async wire =>
    {
        // One entry of the table of headers, named by a single byte twelve thousand times.
        byte[] entry = [0x40, .. Http2Wire.Text("a"), .. Http2Wire.Text(new string('q', 3900))];
        byte[] bomb = [.. Http2Wire.Call(Live), .. entry, .. Enumerable.Repeat((byte)0xbe, 12_000)];
        await wire.SendAsync(Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, bomb));
        await EndsAsync(wire);
    });

    [Test]
    public Task Settings_WithoutEnd_HarmNobody() => BesidesAsync(wire =>
        FloodAsync(wire, [.. Enumerable.Range(0, 100).SelectMany(i => Http2Wire.Frame(Http2Wire.Settings, 0, 0, Http2Wire.Setting(4, (uint)(65_535 + i))))]));

    [TestCase(Http2Wire.Data, 1)]
    [TestCase(Http2Wire.WindowUpdate, 0)]
    public Task Frames_ThatCarryNothing_HarmNobody(byte type, int stream) => BesidesAsync(async wire =>
    {
        await wire.SendAsync(Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Call(Stream)));
        var frame = type == Http2Wire.Data ? Http2Wire.Frame(type, 0, stream) : Http2Wire.Frame(type, 0, stream, Http2Wire.Number(1));
        await FloodAsync(wire, [.. Enumerable.Repeat(frame, 100).SelectMany(f => f)]);
    });

    [Test]
    public async Task Connections_ThatSayNothingOrHalfAWord_AreCheapAndEnd()
    {
        const int many = 1000;
        var silent = new List<TcpClient>();
        await BesidesAsync(async _ =>
        {
            for (var i = 0; i < many; i++)
            {
                silent.Add(new TcpClient());
                await silent[i].ConnectAsync(Server.GrpcAddress.Host, Server.GrpcAddress.Port);
                await silent[i].GetStream().WriteAsync(Http2Wire.Preface.AsMemory(..(i % 10)));
            }

            await Scrape.UntilAsync(async () => await OpenAsync() >= many, "all are there");
            silent.ForEach(s => s.Dispose());
        });
    }

    [TestCase("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [TestCase("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")]
    public async Task GrpcPort_Http1_IsToldThatItIsWrong(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Server.GrpcAddress.Host, Server.GrpcAddress.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(client.GetStream());

        Assert.That(await reader.ReadToEndAsync().WaitAsync(Limit), Does.StartWith("HTTP/1.1 400").And.Contain("HTTP/2"));
    }

    private static IEnumerable<int> Pairs(int batch) => Enumerable.Range(50 * batch, 50).Select(i => (2 * i) + 1);

    // A server that answers nobody who does not read reads no further itself, so the flood may come to a stand.
    private static async Task FloodAsync(Http2Wire wire, byte[] flood)
    {
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 1000 && await wire.SendAsync(flood); i++)
            {
            }
        });
        await sending.WaitAsync(FloodTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // What is sent after the server has said that it ends the connection may still be read, and is thrown away.
    private static async Task SendUntilClosedAsync(Http2Wire wire, int most, Func<int, byte[]> bytes)
    {
        for (var i = 0; i < most && await wire.SendAsync(bytes(i)); i++)
        {
        }

        await EndsAsync(wire);
    }

    // By the server: the limit is shorter than what it gives to clients that say nothing.
    private static async Task EndsAsync(Http2Wire wire)
    {
        using var limit = new CancellationTokenSource(EndLimit);
        await wire.ReadAsync(until: null, limit.Token);
    }

    // Somebody works while this is done, and afterwards nothing is left of it.
    private async Task BesidesAsync(Func<Http2Wire, Task> abuse)
    {
        await WorkAsync();
        var before = await OpenAsync();
        using var done = new CancellationTokenSource();
        var work = Task.Run(async () =>
        {
            do
                await WorkAsync();
            while (!done.IsCancellationRequested);
        });
        using (var wire = await Http2Wire.OpenAsync(Server.GrpcAddress))
            await abuse(wire);
        await done.CancelAsync();
        await work;

        await Scrape.UntilAsync(async () => await OpenAsync() <= before, "its connection is gone");
        Assert.That((await Scrape.SeriesAsync(Server, "inference_requests_in_flight")).Values.Single(), Is.Zero);
        Assert.That(Server.Log.Errors, Is.Empty);
    }

    private async Task WorkAsync()
    {
        var answer = await Server.Client.ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [1, 2], 1, 2), deadline: DateTime.UtcNow + Limit);
        Assert.That(answer.Floats("y"), Is.EqualTo(new[] { 1f, 2f }));
    }

    private async Task<double> OpenAsync() => (await Scrape.SeriesAsync(Server, "inference_connections_open")).Values.Single();
}
