using Google.Rpc;
using Grpc.Core;
using Inference.Adapters.Grpc.Connections;
using Inference.Adapters.Grpc.Limits;
using Inference.Domain;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class RetryInfoTests
{
    [Test]
    public async Task ModelInfer_RefusedWithATimeToWait_TellsItInStatusDetailsAndPushback()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8) with
        {
            Run = (_, _) => throw new InferenceException(ErrorCode.Overloaded, "too much waits.") { RetryAfter = TimeSpan.FromMilliseconds(1500) },
        });
        var error = await RefusedAsync(() => server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1)).ResponseAsync);
        var details = error.GetRpcStatus();

        Assert.That((details!.Code, details.Message), Is.EqualTo(((int)StatusCode.ResourceExhausted, "too much waits.")));
        Assert.That(details.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan(), Is.EqualTo(TimeSpan.FromMilliseconds(1500)));
        Assert.That(error.Trailers.GetValue("grpc-retry-pushback-ms"), Is.EqualTo("1500"));
    }

    [TestCase(ErrorCode.Overloaded, true)]
    [TestCase(ErrorCode.ExecutionFailed, false)]
    public async Task ModelInfer_Fails_ItsConnectionIsReadMoreSlowlyWhereItWasRefused(ErrorCode code, bool slowly)
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8) with
        {
            Run = (_, _) => throw new InferenceException(code, "it failed."),
        });
        await RefusedAsync(() => server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1)).ResponseAsync);
        Assert.That(server.Pace.Next() is not null, Is.EqualTo(slowly));
    }

    [Test]
    public async Task ModelInfer_RefusedWithLittleTimeLeft_ItsConnectionIsNotReadMoreSlowly()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8) with
        {
            Run = (_, _) => throw new InferenceException(ErrorCode.Overloaded, "too much waits."),
        });
        var request = Raw("m", TensorType.UInt8, [1], 1);
        Assert.That(() => server.Client.ModelInferAsync(request, deadline: DateTime.UtcNow + (ReadPace.LeastTime / 2)).ResponseAsync, Throws.TypeOf<RpcException>());
        Assert.That(server.Pace.Next(), Is.Null);
    }

    [TestCase(20, 40)]
    [TestCase(30, 30)]
    [TestCase(600, 30)]
    public async Task ModelInfer_ItsConnectionWasReadLate_ItHasSoMuchLessTimeButHalfOfIt(int minutes, int minutesLeft)
    {
        var time = TimeProvider.System;
        TimeSpan? left = null;
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8) with
        {
            Run = (_, context) =>
            {
                left = time.GetElapsedTime(time.GetTimestamp(), context.Deadline);
                throw new InferenceException(ErrorCode.Overloaded, "too much waits.");
            },
        });
        await AskAsync(TimeSpan.FromHours(1));
        Assert.That(left, Is.GreaterThan(TimeSpan.FromMinutes(55)));

        _ = server.Pace.Next();
        server.PaceTime.Advance(TimeSpan.FromMinutes(minutes));
        server.Pace.Paused();
        await AskAsync(TimeSpan.FromHours(1));
        Assert.That(left, Is.GreaterThan(TimeSpan.FromMinutes(minutesLeft - 5)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(minutesLeft)));

        async Task AskAsync(TimeSpan timeout) => await RefusedAsync(() =>
            server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1), deadline: DateTime.UtcNow + timeout).ResponseAsync);
    }

    [Test]
    public async Task ModelInfer_RefusedBeforeItIsRead_TellsItToo()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8));
        var budget = server.Service<RequestBudget>();
        budget.Take(4 * LoopbackServer.SmallLimit, held: 0);
        var error = await RefusedAsync(() => server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1], 1)).ResponseAsync);
        budget.Give(4 * LoopbackServer.SmallLimit);

        Assert.That(error.GetRpcStatus()!.GetDetail<RetryInfo>()!.RetryDelay.ToTimeSpan(), Is.EqualTo(TimeSpan.FromMilliseconds(100)));
        Assert.That(error.Status.Detail, Does.Contain("Admission:MaxRequestBytes"));
    }

    [Test]
    public async Task ModelInfer_ErrorThatWaitingDoesNotHelp_HasNoDetails()
    {
        await using var server = await LoopbackServer.StartAsync();
        var error = await RefusedAsync(() => server.Client.ModelInferAsync(Raw("nobody", TensorType.UInt8, [1], 1)).ResponseAsync);

        Assert.That((error.GetRpcStatus(), error.Trailers.GetValue("grpc-retry-pushback-ms")), Is.EqualTo(((Google.Rpc.Status?)null, (string?)null)));
    }
}
