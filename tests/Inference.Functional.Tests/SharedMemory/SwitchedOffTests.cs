using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.SharedMemory;

/// <summary>A server as it is without the option.</summary>
internal sealed class SwitchedOffTests : ServerFixture
{
    protected override string Repository => RepositoryPaths.TestModels;

    [Test]
    public async Task EveryCall_SwitchedOff_IsUnimplementedAndNamesTheOption()
    {
        var request = Requests.For("identity_fp32", "1").Floats("x", [1, 1], 1);
        var output = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "y" };
        ShmObject.Place(output.Parameters, "r", 4);
        request.Outputs.Add(output);
        var client = Server.Client;
        Func<Task>[] calls =
        [
            async () => await client.SystemSharedMemoryStatusAsync(new SystemSharedMemoryStatusRequest()),
            async () => await client.SystemSharedMemoryRegisterAsync(new SystemSharedMemoryRegisterRequest { Name = "r", Key = "/k", ByteSize = 4 }),
            async () => await client.SystemSharedMemoryUnregisterAsync(new SystemSharedMemoryUnregisterRequest()),
            async () => await client.ModelInferAsync(request),
        ];
        foreach (var call in calls)
        {
            var error = (await Assert.ThrowsAsync<RpcException>(call))!;
            Assert.That((error.StatusCode, error.Status.Detail), Is.EqualTo((StatusCode.Unimplemented, error.Status.Detail)));
            Assert.That(error.Status.Detail, Does.Contain("Inference:SharedMemory:Enabled=true"));
        }

        var extensions = (await client.ServerMetadataAsync(new ServerMetadataRequest())).Extensions;
        Assert.That(extensions, Has.None.Contains("shared_memory"));
    }
}
