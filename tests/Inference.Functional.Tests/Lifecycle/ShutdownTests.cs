using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>A real process that gets a real SIGTERM.</summary>
internal sealed class ShutdownTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    [Test]
    public async Task Sigterm_UnderLoad_LosesNoRequestAndExitsWithZero()
    {
        await using var server = await ServerProcess.StartAsync(RepositoryPaths.TestModels, "--Shutdown:GraceSeconds=1");
        using var stop = new CancellationTokenSource(Limit);
        var clients = Enumerable.Range(0, 8).Select(i => Client(server, i, stop.Token)).ToList();
        await Answered(clients);

        server.Signal(ServerProcess.Terminate);
        var outcomes = await Task.WhenAll(clients.Select(c => c.Task));

        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await server.WaitForExitAsync(Limit), Is.Zero, server.Output);

            // Each client goes on until it is turned away; nothing but that may happen to it.
            Assert.That(outcomes, Is.All.EqualTo(StatusCode.Unavailable));
        });
    }

    [Test]
    public async Task Sigterm_DuringGrace_IsNotReadyButServesAndIsLive()
    {
        await using var server = await ServerProcess.StartAsync(RepositoryPaths.TestModels, "--Shutdown:GraceSeconds=4");
        var health = new Health.HealthClient(server.Channel);
        using var watch = health.Watch(new HealthCheckRequest());
        Assert.That(await Next(watch), Is.EqualTo(HealthCheckResponse.Types.ServingStatus.Serving));

        server.Signal(ServerProcess.Terminate);
        Assert.That(await Next(watch), Is.EqualTo(HealthCheckResponse.Types.ServingStatus.NotServing));

        await Assert.MultipleAsync(async () =>
        {
            Assert.That(await server.GetAsync("/readyz"), Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(await server.GetAsync("/livez"), Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await server.Client.ServerReadyAsync(new())).Ready, Is.False);
            Assert.That((await server.Client.ServerLiveAsync(new())).Live, Is.True);
            var response = await server.Client.ModelInferAsync(Requests.For("scalar", "1").Floats("x", [], 1f));
            Assert.That(response.Floats("y"), Is.EqualTo(new[] { 3f }));
            Assert.That(await server.WaitForExitAsync(Limit), Is.Zero, server.Output);
        });
    }

    [Test]
    public async Task Sigterm_RequestUnderWayAtTheEndOfGrace_IsAnswered()
    {
        await using var server = await ServerProcess.StartAsync(RepositoryPaths.TestModels, "--Shutdown:GraceSeconds=0");
        var slow = Requests.For("slow", "1").Floats("x", [1, 256], new float[256]).Raw("iterations", "INT64", [1], BitConverter.GetBytes(60_000L));
        var call = server.Client.ModelInferAsync(slow).ResponseAsync;
        await InFlight(server);

        server.Signal(ServerProcess.Terminate);

        Assert.That((await call).ModelName, Is.EqualTo("slow"));
        Assert.That(await server.WaitForExitAsync(Limit), Is.Zero, server.Output);
    }

    [Test]
    public async Task Sigterm_RequestLongerThanTheDrainDeadline_IsCutOffAndTheProcessEnds()
    {
        await using var server = await ServerProcess.StartAsync(RepositoryPaths.TestModels, "--Shutdown:GraceSeconds=0", "--Shutdown:DrainSeconds=1");
        var endless = Requests.For("slow", "1").Floats("x", [1, 256], new float[256]).Raw("iterations", "INT64", [1], BitConverter.GetBytes(100_000_000L));
        var call = server.Client.ModelInferAsync(endless).ResponseAsync;
        await InFlight(server);

        server.Signal(ServerProcess.Terminate);

        Assert.That(async () => await call, Throws.InstanceOf<RpcException>());
        Assert.That(await server.WaitForExitAsync(Limit), Is.Zero, server.Output);
    }

    [Test]
    public async Task Sigterm_OpenStreamsAndNothingUnderWay_EndsPromptlyWithZero()
    {
        await using var server = await ServerProcess.StartAsync(RepositoryPaths.TestModels, "--Shutdown:GraceSeconds=0", "--Shutdown:DrainSeconds=120");
        using var watch = new Health.HealthClient(server.Channel).Watch(new HealthCheckRequest());
        Assert.That(await Next(watch), Is.EqualTo(HealthCheckResponse.Types.ServingStatus.Serving));
        using var reflection = new ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo();
        await reflection.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = string.Empty });
        Assert.That(await reflection.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.True);

        var start = TimeProvider.System.GetTimestamp();
        server.Signal(ServerProcess.Terminate);

        Assert.That(await server.WaitForExitAsync(Limit), Is.Zero, server.Output);
        Assert.That(TimeProvider.System.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(60)), "the drain time is not waited for\n" + server.Output);
    }

    private static async Task<HealthCheckResponse.Types.ServingStatus> Next(AsyncServerStreamingCall<HealthCheckResponse> watch)
    {
        Assert.That(await watch.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(Limit), Is.True);
        return watch.ResponseStream.Current.Status;
    }

    private static async Task InFlight(ServerProcess server)
    {
        using var retry = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var limit = new CancellationTokenSource(Limit);
        while (!(await server.Http.GetStringAsync(new Uri(server.MetricsAddress, "/metrics"), limit.Token)).Contains("\ninference_requests_in_flight 1\n", StringComparison.Ordinal))
            await retry.WaitForNextTickAsync(limit.Token);
    }

    private static Task Answered(IEnumerable<(Task<StatusCode> Task, TaskCompletionSource First)> clients) =>
        Task.WhenAll(clients.Select(c => c.First.Task)).WaitAsync(Limit);

    private static (Task<StatusCode> Task, TaskCompletionSource First) Client(ServerProcess server, int id, CancellationToken stop)
    {
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Run(), first);

        async Task<StatusCode> Run()
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                try
                {
                    var response = await server.Client.ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [1, 2], id, i), cancellationToken: stop);
                    if (!response.Floats("y").SequenceEqual([id, i]))
                        return StatusCode.DataLoss;
                    first.TrySetResult();
                }
                catch (RpcException e)
                {
                    first.TrySetException(e);
                    return e.StatusCode;
                }
            }

            return StatusCode.DeadlineExceeded;
        }
    }
}
