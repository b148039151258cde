using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.SharedMemory;

/// <summary>A server on which clients may share memory. After each test all regions must be gone.</summary>
internal abstract class SharedMemoryFixture : ServerFixture
{
    protected override string Repository => RepositoryPaths.TestModels;

    protected override (string Key, string Value)[] Settings => [("SharedMemory:Enabled", "true")];

    [OneTimeSetUp]
    public static void RequireLinux() => ShmObject.Require();

    [TearDown]
    public async Task VerifyNoRegionIsLeft()
    {
        await Server.Client.SystemSharedMemoryUnregisterAsync(new SystemSharedMemoryUnregisterRequest());
        await Scrape.UntilAsync(async () => (await Scrape.SeriesAsync(Server, "inference_shared_memory_mapped_bytes")).Values.Single() == 0, "no bytes mapped");
        Assert.That(File.ReadAllText("/proc/self/maps"), Does.Not.Contain("/dev/shm/inference-test-"));
    }

    protected async Task<RpcException> FailsAsync(ModelInferRequest request) =>
        (await Assert.ThrowsAsync<RpcException>(async () => await Server.Client.ModelInferAsync(request)))!;

    /// <summary>A request with input x of FP32 in one region and output y in another.</summary>
    public static ModelInferRequest Floats(string model, long[] shape, (string Region, long Offset) x, (string Region, long Offset) y)
    {
        var size = shape.Aggregate(1L, (a, b) => a * b) * sizeof(float);
        var request = Requests.For(model, "1");
        var input = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { shape } };
        var output = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "y" };
        ShmObject.Place(input.Parameters, x.Region, size, x.Offset);
        ShmObject.Place(output.Parameters, y.Region, size, y.Offset);
        request.Inputs.Add(input);
        request.Outputs.Add(output);
        return request;
    }
}
