using System.Collections.Concurrent;
using Inference.Adapters.Grpc.Tests.Server;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Streams.StreamClient;

namespace Inference.Adapters.Grpc.Tests.Streams;

internal sealed class StreamAnswerTests
{
    private static readonly TestModel Identity = TestModel.Identity("m", TensorType.UInt8);

    [Test]
    public async Task ModelStreamInfer_HalfClose_EverythingIsAnsweredWithItsIdThenOk()
    {
        const int Count = 3000;
        await using var server = await LoopbackServer.StartAsync(Identity);
        using var stream = Open(server);
        var answers = stream.RestAsync();
        for (var i = 0; i < Count; i++)
            await stream.SendAsync(Request($"{i}", (byte)i));
        await stream.CompleteAsync();

        var byId = (await answers).ToDictionary(a => int.Parse(a.InferResponse.Id), a => a);

        Assert.That(byId.Keys, Is.EquivalentTo(Enumerable.Range(0, Count)));
        Assert.That(byId.Values.Select(a => a.ErrorMessage), Is.All.Empty);
        Assert.That(byId.Select(a => a.Value.InferResponse.RawOutputContents[0][0]), Is.EqualTo(byId.Keys.Select(i => (byte)i)));
        Assert.That(() => server.Streams, Is.EqualTo((0, 0)).After(30_000, 5));
    }

    [Test]
    public async Task ModelStreamInfer_NoRequests_IsOk()
    {
        await using var server = await LoopbackServer.StartAsync(Identity);
        using var stream = Open(server);
        await stream.CompleteAsync();
        Assert.That(await stream.RestAsync(), Is.Empty);
    }

    [Test]
    public async Task ModelStreamInfer_SlowModel_DoesNotHoldUpOthers()
    {
        var finish = new TaskCompletionSource();
        var slow = TestModel.Identity("slow", TensorType.UInt8);
        await using var server = await LoopbackServer.StartAsync(Identity, slow with
        {
            Run = async (inputs, context) =>
            {
                await finish.Task;
                return await slow.Run(inputs, context);
            },
        });
        using var stream = Open(server);
        await stream.SendAsync(Request("a", model: "slow"));
        await stream.SendAsync(Request("b"));

        var first = await stream.NextAsync();
        finish.SetResult();
        var second = await stream.NextAsync();

        Assert.That((first!.InferResponse.Id, second!.InferResponse.Id), Is.EqualTo(("b", "a")));
    }

    [Test]
    public async Task ModelStreamInfer_PreserveOrdering_KeepsTheOrderOfThatModelOnly()
    {
        const int Count = 20;
        var runs = new ConcurrentDictionary<byte, TaskCompletionSource>();
        var ordered = TestModel.Identity("ordered", TensorType.UInt8);
        await using var server = await LoopbackServer.StartAsync(Identity, ordered with
        {
            Batching = new BatchingOptions { PreserveOrdering = true },
            Run = async (inputs, context) =>
            {
                var value = inputs.Get("X").Data.Span[0];
                await runs.GetOrAdd(value, _ => new TaskCompletionSource()).Task;
                return value % 3 == 0 ? throw new InferenceException(ErrorCode.ExecutionFailed, "as told.") : await ordered.Run(inputs, context);
            },
        });
        using var stream = Open(server);
        for (byte i = 0; i < Count; i++)
            await stream.SendAsync(Request($"{i}", i, "ordered"));
        await stream.SendAsync(Request("other"));
        var first = await stream.NextAsync();
        for (var i = Count - 1; i >= 0; i--)
            runs.GetOrAdd((byte)i, _ => new TaskCompletionSource()).SetResult();

        var rest = await stream.NextAsync(Count);

        Assert.That(first!.InferResponse.Id, Is.EqualTo("other"));
        Assert.That(rest.Select(a => a.InferResponse.Id), Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"{i}")));
        Assert.That(rest.Select(a => a.ErrorMessage.Length > 0), Is.EqualTo(Enumerable.Range(0, Count).Select(i => i % 3 == 0)));
    }

    [Test]
    public async Task ModelStreamInfer_Typed_IsAnsweredTyped()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.Int64));
        using var stream = Open(server);
        await stream.SendAsync(Requests.Typed("m", TensorType.Int64, new InferTensorContents { Int64Contents = { 7, 8 } }, 2));

        var answer = (await stream.NextAsync())!.InferResponse;

        Assert.That(answer.Outputs.Single().Contents.Int64Contents, Is.EqualTo(new[] { 7L, 8 }));
        Assert.That((answer.ModelName, answer.ModelVersion, answer.Id), Is.EqualTo(("m", "1", string.Empty)));
    }

    [TestCase(false, null)]
    [TestCase(true, true)]
    public async Task ModelStreamInfer_FinalFlag_StandsWhereItWasAskedFor(bool asked, bool? expected)
    {
        await using var server = await LoopbackServer.StartAsync(Identity);
        using var stream = Open(server);
        foreach (var model in new[] { "m", "nobody" })
        {
            await stream.SendAsync(asked ? With(Request("a", model: model), "triton_enable_empty_final_response") : Request("a", model: model));
            var answer = (await stream.NextAsync())!.InferResponse;
            Assert.That(answer.Parameters.TryGetValue("triton_final_response", out var final) ? final.BoolParam : (bool?)null, Is.EqualTo(expected), model);
        }
    }

    [Test]
    public async Task ModelStreamInfer_Timings_AreParametersOfTheAnswer()
    {
        await using var server = await LoopbackServer.StartAsync(Identity with
        {
            Run = (inputs, context) =>
            {
                context.BatchRows = 5;
                context.Timings.Queue = TimeProvider.System.TimestampFrequency / 1000;
                context.Timings.Execute = TimeProvider.System.TimestampFrequency / 500;
                return Identity.Run(inputs, context);
            },
        });
        using var stream = Open(server);
        await stream.SendAsync(With(Request("a"), "timings"));

        var parameters = (await stream.NextAsync())!.InferResponse.Parameters.ToDictionary(p => p.Key, p => p.Value.Int64Param);

        Assert.That(parameters, Is.EquivalentTo(new Dictionary<string, long> { ["queue_us"] = 1000, ["execute_us"] = 2000, ["batch_rows"] = 5 }));
    }
}
