using Grpc.Core;
using Grpc.Health.V1;
using Inference.Adapters.Grpc.Tests.Server;
using Inference.Core.Lifecycle;
using Inference.Domain.Tensors;
using static Grpc.Health.V1.HealthCheckResponse.Types;
using static Inference.Adapters.Grpc.Tests.Server.Requests;

namespace Inference.Adapters.Grpc.Tests.HealthCheck;

[CancelAfter(60_000)]
internal sealed class HealthTests
{
    [TestCase("", ServingStatus.Serving)]
    [TestCase("inference.GRPCInferenceService", ServingStatus.Serving)]
    [TestCase("good", ServingStatus.Serving)]
    [TestCase("bad", ServingStatus.NotServing)]
    public async Task Check_Service_SaysWhetherItServes(string service, ServingStatus expected)
    {
        await using var server = await StartAsync();
        Assert.That((await server.Health.CheckAsync(new HealthCheckRequest { Service = service })).Status, Is.EqualTo(expected));
        server.Lifecycle.Advance(ServerPhase.Grace);
        Assert.That((await server.Health.CheckAsync(new HealthCheckRequest { Service = service })).Status, Is.EqualTo(ServingStatus.NotServing));
    }

    [Test]
    public async Task Check_UnknownService_IsNotFound()
    {
        await using var server = await StartAsync();
        var error = await RefusedAsync(() => server.Health.CheckAsync(new HealthCheckRequest { Service = "none" }).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.NotFound));
        Assert.That(error.Status.Detail, Does.Contain("service 'none'"));
    }

    [Test]
    public async Task Watch_UnknownModel_IsToldWhenItAppears(CancellationToken timeout)
    {
        await using var server = await StartAsync();
        using var watch = server.Health.Watch(new HealthCheckRequest { Service = "later" }, cancellationToken: timeout);
        Assert.That(await NextAsync(watch, timeout), Is.EqualTo(ServingStatus.ServiceUnknown));
        await server.LoadAsync(TestModel.Identity("later", TensorType.UInt8));
        var status = await NextAsync(watch, timeout);
        while (status == ServingStatus.NotServing)
            status = await NextAsync(watch, timeout);
        Assert.That(status, Is.EqualTo(ServingStatus.Serving));
    }

    [TestCase("")]
    [TestCase("inference.GRPCInferenceService")]
    [TestCase("good")]
    public async Task Watch_ServerDrains_SaysNotServingAndEnds(string service, CancellationToken timeout)
    {
        await using var server = await StartAsync();
        using var watch = server.Health.Watch(new HealthCheckRequest { Service = service }, cancellationToken: timeout);
        Assert.That(await NextAsync(watch, timeout), Is.EqualTo(ServingStatus.Serving));
        server.Lifecycle.Advance(ServerPhase.Draining);
        Assert.That(await NextAsync(watch, timeout), Is.EqualTo(ServingStatus.NotServing));
        Assert.That(await watch.ResponseStream.MoveNext(timeout), Is.False);
    }

    [Test]
    public async Task Watch_OpenedWhileDraining_SaysNotServingAndEnds(CancellationToken timeout)
    {
        await using var server = await StartAsync();
        server.Lifecycle.Advance(ServerPhase.Draining);
        using var watch = server.Health.Watch(new HealthCheckRequest(), cancellationToken: timeout);
        Assert.That(await NextAsync(watch, timeout), Is.EqualTo(ServingStatus.NotServing));
        Assert.That(await watch.ResponseStream.MoveNext(timeout), Is.False);
    }

    [Test]
    public async Task Watch_ManyWatchersOfWhomOneLeaves_TellsTheOthers(CancellationToken timeout)
    {
        await using var server = await StartAsync();
        var watches = Enumerable.Range(0, 50).Select(_ => server.Health.Watch(new HealthCheckRequest(), cancellationToken: timeout)).ToList();
        foreach (var watch in watches)
            Assert.That(await NextAsync(watch, timeout), Is.EqualTo(ServingStatus.Serving));
        watches[0].Dispose();
        server.Lifecycle.Advance(ServerPhase.Grace);
        foreach (var watch in watches.Skip(1))
        {
            Assert.That(await NextAsync(watch, timeout), Is.EqualTo(ServingStatus.NotServing));
            watch.Dispose();
        }
    }

    private static Task<LoopbackServer> StartAsync() => LoopbackServer.StartAsync(
        TestModel.Identity("good", TensorType.UInt8), TestModel.Identity("bad", TensorType.UInt8) with { LoadProblem = "torn" });

    private static async Task<ServingStatus> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> watch, CancellationToken timeout)
    {
        Assert.That(await watch.ResponseStream.MoveNext(timeout), "the watch ended");
        return watch.ResponseStream.Current.Status;
    }
}
