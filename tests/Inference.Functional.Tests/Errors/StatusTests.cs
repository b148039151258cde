using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Errors;

/// <summary>Every status of the error table, with a text that names the thing, the value and the remedy.</summary>
internal sealed class StatusTests : ServerFixture, IDisposable
{
    private const int MessageLimit = 1 << 20;
    private readonly TemporaryRepository _repository = new TemporaryRepository()
        .Copy(RepositoryPaths.TestModels, "identity_fp32")
        .Copy(RepositoryPaths.TestModels, "slow")
        .Copy(RepositoryPaths.TestModels, "conditional_failure")
        .Copy(RepositoryPaths.SampleModels, "digits")
        .Copy(RepositoryPaths.BrokenModels, "truncated");

    protected override string Repository => _repository.Path;

    protected override (string Key, string Value)[] Settings =>
        [("Server:MaxMessageBytes", $"{MessageLimit}"), ("Execution:Lanes", "1"), ("Queue:MaxRows", "2")];

    public void Dispose() => _repository.Dispose();

    [Test]
    public Task ModelInfer_WrongDatatype_IsInvalidArgument() =>
        AssertFails(Requests.For("identity_fp32", "1").Raw("x", "INT32", [1, 1], new byte[4]), StatusCode.InvalidArgument, "'identity_fp32'", "'x'", "INT32", "FP32");

    [Test]
    public Task ModelInfer_WrongRank_IsInvalidArgument() =>
        AssertFails(Requests.For("identity_fp32", "1").Floats("x", [1], 1f), StatusCode.InvalidArgument, "'identity_fp32'", "version 1", "'x'", "[1]", "[-1,-1]");

    [Test]
    public Task ModelInfer_UnknownInput_IsInvalidArgument() =>
        AssertFails(Requests.For("identity_fp32", "1").Floats("y", [1, 1], 1f), StatusCode.InvalidArgument, "'x'", "'y'");

    [Test]
    public Task ModelInfer_UnknownModel_IsNotFound() =>
        AssertFails(Requests.For("identity_fp33", "1").Floats("x", [1, 1], 1f), StatusCode.NotFound, "'identity_fp33'", "'identity_fp32'");

    [Test]
    public Task ModelInfer_UnknownVersion_IsNotFound() =>
        AssertFails(Requests.For("digits", "7"), StatusCode.NotFound, "'digits'", "'7'", "1, 2", "'canary'");

    [Test]
    public Task ModelInfer_NoVersion_IsInvalidArgumentWithTheVersions() =>
        AssertFails(Requests.For("digits", ""), StatusCode.InvalidArgument, "'digits'", "1, 2");

    [Test]
    public Task ModelInfer_NoModel_IsNotFound() =>
        AssertFails(Requests.For("", "1"), StatusCode.NotFound, "model_name");

    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("01")]
    [TestCase("../1")]
    [TestCase("9999999999999999999999")]
    public Task ModelInfer_VersionThatIsNone_IsNotFound(string version) =>
        AssertFails(Requests.For("digits", version), StatusCode.NotFound, "'digits'", version);

    [TestCase('a')]
    [TestCase('模')]
    [TestCase('\n')]
    public async Task ModelInfer_HugeNames_GetAShortError(char filler)
    {
        var name = new string(filler, 100_000);

        foreach (var request in new[] { Requests.For(name, "1"), Requests.For("digits", name), Requests.For("identity_fp32", "1").Floats(name, [1, 1], 1f) })
        {
            var error = (await Assert.ThrowsAsync<RpcException>(async () => await Server.Client.ModelInferAsync(request)))!;
            Assert.That(error.StatusCode, Is.EqualTo(StatusCode.NotFound).Or.EqualTo(StatusCode.InvalidArgument), error.Status.Detail);
            Assert.That(error.Status.Detail, Has.Length.InRange(10, 1100));
        }
    }

    [Test]
    public Task ModelInfer_FailedModelBesideGoodOnes_IsFailedPreconditionWithTheReason() =>
        AssertFails(Requests.For("truncated", "1").Floats("x", [1, 1], 1f), StatusCode.FailedPrecondition, "'truncated'", "failed to load");

    [Test]
    public async Task RepositoryIndex_FailedModelBesideGoodOnes_TellsStateAndReason()
    {
        var index = await Server.Client.RepositoryIndexAsync(new RepositoryIndexRequest());
        var ready = await Server.Client.RepositoryIndexAsync(new RepositoryIndexRequest { Ready = true });

        Assert.Multiple(() =>
        {
            Assert.That(index.Models.Single(m => m.Name == "truncated").State, Is.EqualTo("UNAVAILABLE"));
            Assert.That(index.Models.Single(m => m.Name == "truncated").Reason, Is.Not.Empty);
            Assert.That(index.Models.Count(m => m.State == "READY"), Is.EqualTo(5));
            Assert.That(ready.Models.Select(m => m.Name), Has.None.EqualTo("truncated"));
        });
    }

    [Test]
    public Task ModelInfer_MessageOverTheLimit_IsResourceExhaustedWithTheLimit() =>
        AssertFails(Requests.For("identity_fp32", "1").Raw("x", "FP32", [1, MessageLimit], new byte[4 * MessageLimit]), StatusCode.ResourceExhausted, $"{MessageLimit}", "MaxMessageBytes");

    [Test]
    public async Task ModelInfer_ModelFailsAtRunTime_LeavesItServing()
    {
        var bad = await Failure(1_000);

        Assert.That(bad, Is.EqualTo(StatusCode.InvalidArgument).Or.EqualTo(StatusCode.Internal));
        Assert.That(await Failure(1), Is.EqualTo(StatusCode.OK));
    }

    [Test]
    public async Task ModelInfer_DeadlinePassesDuringTheRun_IsDeadlineExceeded()
    {
        var error = (await Assert.ThrowsAsync<RpcException>(async () =>
            await Server.Client.ModelInferAsync(SlowRequest(1_000_000), deadline: DateTime.UtcNow.AddMilliseconds(300))))!;

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
    }

    [Test]
    public async Task ModelInfer_QueueFull_IsResourceExhausted()
    {
        using var stop = new CancellationTokenSource();
        var refused = new List<Task<StatusCode>> { Fill() };
        await Scrape.RunningAsync(Server, "slow", 1);

        // One runs, two wait, the others are refused; those that wait are then given up.
        refused.AddRange(Enumerable.Range(0, 11).Select(_ => Fill()));
        while (refused.Count > 3)
        {
            var done = await Task.WhenAny(refused).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.That(await done, Is.EqualTo(StatusCode.ResourceExhausted));
            refused.Remove(done);
        }

        await stop.CancelAsync();
        Assert.That(await Task.WhenAll(refused), Is.All.EqualTo(StatusCode.Cancelled));
        Assert.That(await Code(Server.Client.ModelInferAsync(SlowRequest(2))), Is.EqualTo(StatusCode.OK), "the lane is free again");

        Task<StatusCode> Fill() => Code(Server.Client.ModelInferAsync(SlowRequest(1_000_000), cancellationToken: stop.Token));
    }

    [Test]
    public async Task ModelInfer_QueueTimeoutPasses_IsDeadlineExceeded()
    {
        using var stop = new CancellationTokenSource();
        var running = Code(Server.Client.ModelInferAsync(SlowRequest(1_000_000), cancellationToken: stop.Token));
        await WaitUntilInFlight(1);
        var waiting = SlowRequest(2);
        waiting.Parameters["timeout"] = new InferParameter { Int64Param = 50_000 };

        Assert.That(await Code(Server.Client.ModelInferAsync(waiting)), Is.EqualTo(StatusCode.DeadlineExceeded));

        await stop.CancelAsync();
        Assert.That(await running, Is.EqualTo(StatusCode.Cancelled));
    }

    private static ModelInferRequest SlowRequest(long iterations) =>
        Requests.For("slow", "1").Floats("x", [1, 256], new float[256]).Raw("iterations", "INT64", [1], BitConverter.GetBytes(iterations));

    private static async Task<StatusCode> Code(AsyncUnaryCall<ModelInferResponse> call)
    {
        try
        {
            await call;
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private async Task WaitUntilInFlight(int count)
    {
        var lifecycle = (Core.Lifecycle.ServerLifecycle)Server.Services.GetService(typeof(Core.Lifecycle.ServerLifecycle))!;
        await Task.Run(() => SpinWait.SpinUntil(() => lifecycle.InFlight >= count, TimeSpan.FromSeconds(30)));
    }

    private async Task<StatusCode> Failure(long index)
    {
        var metadata = await Server.Client.ModelMetadataAsync(new ModelMetadataRequest { Name = "conditional_failure", Version = "1" });
        var request = Requests.For("conditional_failure", "1");
        foreach (var input in metadata.Inputs)
        {
            long[] shape = [.. input.Shape.Select(d => Math.Abs(d))];
            var count = shape.Aggregate(1L, (a, b) => a * b);
            if (input.Name == "index")
                request.Raw(input.Name, input.Datatype, shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(Enumerable.Repeat(index, (int)count).ToArray()));
            else
                request.Floats(input.Name, shape, new float[count]);
        }

        return await Code(Server.Client.ModelInferAsync(request));
    }

    private async Task AssertFails(ModelInferRequest request, StatusCode code, params string[] parts)
    {
        var error = (await Assert.ThrowsAsync<RpcException>(async () => await Server.Client.ModelInferAsync(request)))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.StatusCode, Is.EqualTo(code), error.Status.Detail);
            foreach (var part in parts)
                Assert.That(error.Status.Detail, Does.Contain(part));
            Assert.That(error.Status.Detail, Does.Not.Contain("   at "), "a stack trace");
        });
    }
}
