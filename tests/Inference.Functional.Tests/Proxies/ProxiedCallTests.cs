using System.Buffers.Binary;
using System.Net.Http.Headers;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Grpc.Health.V1;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;
using Status = Grpc.Core.StatusCode;

namespace Inference.Functional.Tests.Proxies;

/// <summary>That calls through a proxy are as calls without one.</summary>
[TestFixtureSource(typeof(ProxyKind), nameof(ProxyKind.All))]
internal sealed class ProxiedCallTests(ProxyKind kind) : ProxyFixture(kind)
{
    private const int MostRequests = 2;
    private const int MostMessageBytes = 24 << 20;
    private const string InFlight = "inference_requests_in_flight";

    protected override int ReplicaCount => 1;

    protected override string[] Arguments => [$"--Admission:MaxConcurrentRequests={MostRequests}", $"--Server:MaxMessageBytes={MostMessageBytes}"];

    private ServerProcess Server => Replicas[0];

    [Test]
    public async Task Unary_Answer_ComesWithItsTrailers()
    {
        var request = Requests.For("identity_fp32", "1").Floats("x", [1, 2], 1, 2);
        request.Parameters.Add("timings", new InferParameter { BoolParam = true });
        using var call = Client.ModelInferAsync(request);

        Assert.That((await call).Floats("y"), Is.EqualTo(new[] { 1f, 2f }));
        Assert.That(call.GetTrailers().GetValue("server-timing"), Does.Contain("queue"));
    }

    [Test]
    public async Task Unary_Error_KeepsStatusAndText()
    {
        var error = (await Assert.ThrowsAsync<RpcException>(async () => await Client.ModelInferAsync(Requests.For("identity_fp33", "1"))))!;

        Assert.That(error.StatusCode, Is.EqualTo(Status.NotFound));
        Assert.That(error.Status.Detail, Does.Contain("'identity_fp33'").And.Contain("'identity_fp32'"));
    }

    [Test]
    public async Task Unary_Refused_KeepsStatusDetailsAndRetryHint()
    {
        await using var blockade = await OccupyAsync();

        var error = (await Assert.ThrowsAsync<RpcException>(async () => await Client.ModelInferAsync(Requests.For("scalar", "1").Floats("x", [], 1f))))!;

        Assert.Multiple(() =>
        {
            Assert.That(error.StatusCode, Is.EqualTo(Status.ResourceExhausted), error.Status.Detail);
            Assert.That(error.GetRpcStatus()?.GetDetail<RetryInfo>()?.RetryDelay.ToTimeSpan(), Is.EqualTo(TimeSpan.FromMilliseconds(100)));
            Assert.That(error.Trailers.GetValue("grpc-retry-pushback-ms"), Is.EqualTo("100"));
        });
    }

    [Test]
    public async Task Unary_Cancelled_EndsTheRunOnTheServer()
    {
        await using (await OccupyAsync())
            Assert.That(await ValueAsync(Server, InFlight), Is.EqualTo(MostRequests));

        await Scrape.UntilAsync(async () => await ValueAsync(Server, InFlight) == 0, "the server has ended what nobody waits for");
    }

    [Test]
    public async Task Unary_Deadline_IsKeptByTheServer()
    {
        // No client library, which would give up by itself: what answers here is the server.
        using var http = OpenHttp();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/inference.GRPCInferenceService/ModelInfer")
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Framed(Blockade.Slow("slow", 100_000_000))) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
            Headers = { { "te", "trailers" }, { "grpc-timeout", "500m" } },
        };
        using var response = await http.SendAsync(request).WaitAsync(Limit);
        await response.Content.ReadAsByteArrayAsync();
        var status = (response.TrailingHeaders.TryGetValues("grpc-status", out var values) ? values : response.Headers.GetValues("grpc-status")).Single();

        Assert.That(status, Is.EqualTo($"{(int)Status.DeadlineExceeded}"));
    }

    [Test]
    public async Task Unary_LargeMessages_GoBothWays()
    {
        // Neither buffered whole nor cut: 16 MiB there and back.
        var values = Enumerable.Range(0, 4 << 20).Select(i => (float)i).ToArray();

        var answer = await Client.ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [values.Length / 2, 2], values)).ResponseAsync.WaitAsync(Limit);

        Assert.That(answer.Floats("y").AsSpan().SequenceEqual(values), Is.True);
    }

    [Test]
    public async Task Stream_Answers_ComeWhileItIsOpen()
    {
        using var stream = Client.ModelStreamInfer();
        for (var i = 0; i < 3; i++)
        {
            // The next is sent when the last is answered: a proxy that buffers would wait for ever.
            await stream.RequestStream.WriteAsync(Requests.For("scalar", "1").Floats("x", [], i)).WaitAsync(Limit);
            Assert.That(await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.True);
            Assert.That(stream.ResponseStream.Current.InferResponse.Floats("y"), Is.EqualTo(new[] { (2f * i) + 1 }));
        }

        await stream.RequestStream.CompleteAsync();
        Assert.That(await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.False);
    }

    [Test]
    public async Task Stream_Cancelled_EndsOnTheServer()
    {
        using var end = new CancellationTokenSource();
        using var stream = Client.ModelStreamInfer(cancellationToken: end.Token);
        await stream.RequestStream.WriteAsync(Blockade.Slow("slow", 100_000_000), end.Token);
        await Scrape.UntilAsync(async () => await ValueAsync(Server, "inference_streams_open") == 1 && await ValueAsync(Server, InFlight) == 1, "a stream with a request under way");

        await end.CancelAsync();

        await Scrape.UntilAsync(async () => await ValueAsync(Server, "inference_streams_open") == 0 && await ValueAsync(Server, InFlight) == 0, "the server has ended the stream");
    }

    [Test]
    public async Task Stream_LargeInSum_IsNotCutOff()
    {
        // More than a proxy's limits on a body would let pass, in messages of 4 MiB.
        using var stream = Client.ModelStreamInfer();
        var request = Requests.For("identity_fp32", "1").Floats("x", [1 << 19, 2], new float[1 << 20]);
        for (var i = 0; i < 16; i++)
        {
            await stream.RequestStream.WriteAsync(request).WaitAsync(Limit);
            Assert.That(await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.True);
            Assert.That(stream.ResponseStream.Current.ErrorMessage, Is.Empty);
        }

        await stream.RequestStream.CompleteAsync();
        Assert.That(await stream.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.False);
    }

    [Test]
    public async Task Health_CheckAndWatch_AreAnswered()
    {
        var health = new Health.HealthClient(Channel);
        Assert.That((await health.CheckAsync(new HealthCheckRequest { Service = "scalar" })).Status, Is.EqualTo(HealthCheckResponse.Types.ServingStatus.Serving));

        using var watch = health.Watch(new HealthCheckRequest());
        Assert.That(await watch.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.True);
        Assert.That(watch.ResponseStream.Current.Status, Is.EqualTo(HealthCheckResponse.Types.ServingStatus.Serving));
    }

    private static byte[] Framed(IMessage message)
    {
        var framed = new byte[5 + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), framed.Length - 5);
        message.WriteTo(framed.AsSpan(5));
        return framed;
    }

    // As many requests under way as the server takes; they end when this is disposed of.
    private async Task<Occupation> OccupyAsync()
    {
        await Scrape.UntilAsync(async () => await ValueAsync(Server, InFlight) == 0, "what other tests began has ended");
        var occupation = new Occupation(Enumerable.Range(0, MostRequests).Select(_ => Blockade.Slow("slow", 100_000_000)), Client);
        await Scrape.UntilAsync(async () => await ValueAsync(Server, InFlight) == MostRequests, "as many requests as the server takes");
        return occupation;
    }

    private sealed class Occupation : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly List<Task> _calls;

        public Occupation(IEnumerable<ModelInferRequest> requests, GRPCInferenceService.GRPCInferenceServiceClient client) =>
            _calls = [.. requests.Select(r => client.ModelInferAsync(r, cancellationToken: _end.Token).ResponseAsync)];

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            foreach (var call in _calls)
                await call.ContinueWith(c => c.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            _end.Dispose();
        }
    }
}
