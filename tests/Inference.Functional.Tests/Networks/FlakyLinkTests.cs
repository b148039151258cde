using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using Inference.Functional.Tests.Tls;
using NUnit.Framework;

namespace Inference.Functional.Tests.Networks;

/// <summary>A client and a server on two hosts, with a link between them that is slow, loses packets and fails for a while.</summary>
internal sealed class FlakyLinkTests
{
    private const double Loss = 0.03;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly TemporaryRepository _models = new();
    private NetworkNamespace _client = null!;
    private NetworkNamespace _host = null!;
    private FlakyLink _link = null!;
    private ServerProcess _server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        NetworkNamespace.Require();
        foreach (var model in new[] { "identity_fp32", "scalar", "slow" })
            _models.Copy(RepositoryPaths.TestModels, model);
        (_client, _host) = (new NetworkNamespace(), new NetworkNamespace());
        _link = new FlakyLink(new TunDevice(_client, "10.203.0.1/24"), new TunDevice(_host, "10.203.0.2/24"), Delay, Loss);
        _server = await ServerProcess.StartAsync(new ServerPlace(_host.Prefix, "10.203.0.2", _host.Handler), _models.Path, "--Shutdown:GraceSeconds=0");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _link?.Dispose();
        _client?.Dispose();
        _host?.Dispose();
        _models.Dispose();
    }

    [SetUp]
    public void MendLink() => _link.Mend();

    [Test]
    public async Task Unary_WithLossAndDelay_AllAreAnsweredRightly()
    {
        using var channel = Open();
        var (client, lost) = (channel.Inference(), _link.Lost);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async caller =>
        {
            for (var i = 0; i < 25; i++)
            {
                var answer = await client.ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [1, 2], caller, i)).ResponseAsync.WaitAsync(Limit);
                Assert.That(answer.Floats("y"), Is.EqualTo(new float[] { caller, i }));
            }
        }));

        Assert.That(_link.Lost, Is.GreaterThan(lost), "the link loses packets");
    }

    [Test]
    public async Task Unary_LargeMessage_ArrivesWhole()
    {
        using var channel = Open();
        var values = Enumerable.Range(0, 1 << 17).Select(i => (float)i).ToArray();

        var answer = await channel.Inference().ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [values.Length / 2, 2], values)).ResponseAsync.WaitAsync(Limit);

        Assert.That(answer.Floats("y").AsSpan().SequenceEqual(values), Is.True);
    }

    [Test]
    public async Task Stream_WithLossAndDelay_AnswersEachIdOnce()
    {
        const int many = 500;
        using var channel = Open();
        using var stream = channel.Inference().ModelStreamInfer();
        var sent = Task.Run(async () =>
        {
            for (var i = 0; i < many; i++)
                await stream.RequestStream.WriteAsync(Request(i));
            await stream.RequestStream.CompleteAsync();
        });
        var seen = new List<string>();
        while (await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit))
            seen.Add(Check(stream.ResponseStream.Current));
        await sent;

        Assert.That(seen, Is.EquivalentTo(Enumerable.Range(0, many).Select(Id)));
    }

    [Test]
    public async Task Unary_LinkFailsForAMoment_CallsUnderWayAreAnswered()
    {
        using var channel = Open();
        var client = channel.Inference();
        await client.ServerLiveAsync(new());

        _link.Cut();
        var calls = Enumerable.Range(0, 10).Select(i => client.ModelInferAsync(Request(i)).ResponseAsync).ToList();
        var (lost, begun) = (_link.Lost, TimeProvider.System.GetTimestamp());
        await Scrape.UntilAsync(() => Task.FromResult(_link.Lost > lost + 1 && TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(1)), "the link has lost what was sent");
        Assert.That(calls, Is.All.Matches<Task>(c => c is { IsCompleted: false }));
        _link.Mend();

        foreach (var (answer, i) in (await Task.WhenAll(calls).WaitAsync(Limit)).Select((a, i) => (a, i)))
            Assert.That(answer.Floats("y"), Is.EqualTo(new[] { (2f * i) + 1 }));
    }

    [Test]
    public async Task Unary_LinkIsGoneAtItsDeadline_EndsOnBothSides()
    {
        using var channel = Open();
        var call = channel.Inference().ModelInferAsync(Blockade.Slow("slow", 100_000_000), deadline: DateTime.UtcNow.AddSeconds(3)).ResponseAsync;
        await Scrape.UntilAsync(async () => await ValueAsync("inference_requests_in_flight") == 1, "the call is under way");
        _link.Cut();

        var error = (await Assert.ThrowsAsync<RpcException>(() => call.WaitAsync(Limit)))!;

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
        await Scrape.UntilAsync(async () => await ValueAsync("inference_requests_in_flight") == 0, "the server keeps the deadline, too");
    }

    [Test]
    public async Task Stream_LinkIsGone_ClientGoesOnWithWhatHasNoAnswer()
    {
        const int many = 40;
        using var channel = Open(pings: TimeSpan.FromSeconds(1));
        var client = channel.Inference();
        var seen = new List<string>();

        // Answers come until the link fails; what is sent then is lost, and the client finds out by its pings.
        using (var first = client.ModelStreamInfer())
        {
            for (var i = 0; i < many / 2; i++)
                await first.RequestStream.WriteAsync(Request(i));
            for (var i = 0; i < many / 4; i++)
            {
                Assert.That(await first.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.True);
                seen.Add(Check(first.ResponseStream.Current));
            }

            _link.Cut();
            var error = (await Assert.ThrowsAsync<RpcException>(async () =>
            {
                while (await first.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit))
                    seen.Add(Check(first.ResponseStream.Current));
            }))!;

            // Its own words for a connection that it gives up.
            Assert.That(error.StatusCode, Is.EqualTo(StatusCode.Unavailable).Or.EqualTo(StatusCode.Internal), error.Status.Detail);
        }

        _link.Mend();
        using var second = client.ModelStreamInfer();
        foreach (var i in Enumerable.Range(0, many).Where(i => !seen.Contains(Id(i))))
            await second.RequestStream.WriteAsync(Request(i)).WaitAsync(Limit);
        await second.RequestStream.CompleteAsync();
        while (await second.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit))
            seen.Add(Check(second.ResponseStream.Current));

        Assert.That(seen, Is.EquivalentTo(Enumerable.Range(0, many).Select(Id)));
    }

    private static string Id(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static ModelInferRequest Request(int number) => Requests.For("scalar", "1").WithId(Id(number)).Floats("x", [], number);

    private static string Check(ModelStreamInferResponse answer)
    {
        Assert.That(answer.ErrorMessage, Is.Empty);
        Assert.That(answer.InferResponse.Floats("y"), Is.EqualTo(new[] { (2f * int.Parse(answer.InferResponse.Id, CultureInfo.InvariantCulture)) + 1 }));
        return answer.InferResponse.Id;
    }

    // A client on the other host.
    private GrpcChannel Open(TimeSpan? pings = null)
    {
        var handler = _client.Handler();
        if (pings is { } delay)
            (handler.KeepAlivePingDelay, handler.KeepAlivePingTimeout, handler.KeepAlivePingPolicy) = (delay, delay, HttpKeepAlivePingPolicy.Always);
        return GrpcChannel.ForAddress(_server.GrpcAddress, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = null });
    }

    private async Task<double> ValueAsync(string series)
    {
        var page = await _server.Http.GetStringAsync(new Uri(_server.MetricsAddress, "/metrics"));
        var line = page.Split('\n').SingleOrDefault(l => l.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.AsSpan(series.Length), CultureInfo.InvariantCulture);
    }
}
