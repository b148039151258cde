using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Inference.Services.Infer;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.SharedMemory;

/// <summary>Requests whose tensors are in regions, through the service.</summary>
internal sealed class SharedInferenceTests
{
    private long _rented;

    [SetUp]
    public void CountBuffers() => _rented = TensorPool.Shared.Rented;

    [TearDown]
    public void FindLostBuffers() => Assert.That(TensorPool.Shared.Rented, Is.EqualTo(_rented));

    [Test]
    public async Task InferAsync_InputAndOutputInARegion_AreReadAndWritten()
    {
        using var engine = await TestEngine.LoadedAsync();
        engine.SharedMemory.Register("r", "/k", 100, 500);
        MemoryMarshal.AsBytes<float>([3, 4]).CopyTo(engine.Objects.Data("/k").AsSpan(108));
        using var inputs = new TensorSet();
        using (var response = await engine.Inference.InferAsync(Request(inputs, "r"), CancellationToken.None))
        {
            Assert.That(MemoryMarshal.Cast<byte, float>(engine.Objects.Data("/k").AsSpan(116, 8)).ToArray(), Is.EqualTo(new[] { 6f, 8 }));
            Assert.That(response.Locations, Is.EqualTo(new[] { new SharedLocation("r", 8, 16) }));
            Assert.That((response.Outputs[0].Tensor.Shape, response.Outputs.OwnBytes), Is.EqualTo((TensorShape.Of(1, 2), 0)));
        }

        inputs.Dispose();
        engine.SharedMemory.Unregister(Services.SharedMemory.RegionKind.System, "r");
        Assert.That(engine.SharedMemory.MappedBytes, Is.Zero, "nothing keeps the region");
    }

    [Test]
    public async Task InferAsync_RegionLostDuringTheRun_FailsWithThatWhateverTheRunGave()
    {
        foreach (var fails in new[] { false, true })
        {
            TestEngine engine = null!;
            var executor = new FakeExecutor((_, _) =>
            {
                engine.Objects.Lost["r"] = true;
                return fails
                    ? throw new InferenceException(ErrorCode.ExecutionFailed, "odd numbers")
                    : ValueTask.FromResult(new TensorSet().Add("y", Tensor.From<float>(TensorType.Float32, TensorShape.Of(1, 2), [1, 2])));
            });
            engine = await TestEngine.LoadedAsync(executor);
            engine.SharedMemory.Register("r", "/k", 0, 500);
            using var inputs = new TensorSet();
            var outcome = await engine.Inference.TryInferAsync(Request(inputs, "r"), CancellationToken.None);
            Assert.That((outcome.Error!.Code, engine.Metrics.LostRegions), Is.EqualTo((ErrorCode.RegionLost, 1)));
            engine.Dispose();
        }
    }

    [Test]
    public async Task InferAsync_InputThatIsGivenInBothPlaces_IsRefused()
    {
        using var engine = await TestEngine.LoadedAsync();
        engine.SharedMemory.Register("r", "/k", 0, 500);
        using var inputs = TestEngine.Row(1, 2);
        var outcome = await engine.Inference.TryInferAsync(Request(inputs, "r"), CancellationToken.None);
        Assert.That(outcome.Error!.Message, Does.Contain("given twice"));
    }

    private static InferenceRequest Request(TensorSet inputs, string region) => new()
    {
        ModelName = "m",
        Version = "1",
        Inputs = inputs,
        SharedInputs = [new SharedInput("x", TensorType.Float32, TensorShape.Of(1, 2), new SharedLocation(region, 8, 8))],
        Outputs = [new RequestedOutput("y", Location: new SharedLocation(region, 8, 16))],
    };
}
