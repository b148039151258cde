using Google.Protobuf.Reflection;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Core.Configuration;
using static Inference.Adapters.Grpc.Tests.Server.Requests;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class MethodsTests
{
    private static readonly string[] Working =
        ["ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer", "ModelStreamInfer", "ModelConfig", "ModelStatistics", "RepositoryIndex", "RepositoryModelLoad", "RepositoryModelUnload", "TraceSetting", "LogSettings"];

    private static IEnumerable<string> Unavailable => GRPCInferenceService.Descriptor.Methods.Select(m => m.Name).Except(Working);

    [TestCaseSource(nameof(Unavailable))]
    public async Task Call_MethodThatIsNotAvailable_SaysWhatIsMissing(string name)
    {
        await using var server = await LoopbackServer.StartAsync();
        var error = await RefusedAsync(() => CallAsync(server, GRPCInferenceService.Descriptor.FindMethodByName(name)));
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.Unimplemented));
        Assert.That(error.Status.Detail, Does.Contain("not available").Or.Contain("SharedMemory:Enabled"));
    }

    [TestCaseSource(nameof(Working))]
    public async Task Call_MethodThatWorks_IsImplemented(string name)
    {
        await using var server = await LoopbackServer.StartAsync(new RepositoryOptions { Mode = "explicit" });
        try
        {
            await CallAsync(server, GRPCInferenceService.Descriptor.FindMethodByName(name));
        }
        catch (RpcException e)
        {
            Assert.That(e.StatusCode, Is.EqualTo(StatusCode.NotFound), e.Status.Detail);
        }
    }

    [TestCase("inference.GRPCInferenceService", "NoSuchMethod")]
    [TestCase("inference.NoSuchService", "ModelInfer")]
    public async Task Call_UnknownMethod_IsUnimplemented(string service, string method)
    {
        await using var server = await LoopbackServer.StartAsync();
        var error = await RefusedAsync(() => server.CallAsync(service, method, []));
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.Unimplemented));
    }

    private static async Task CallAsync(LoopbackServer server, MethodDescriptor method)
    {
        if (!method.IsClientStreaming)
        {
            await server.CallAsync(method.Service.FullName, method.Name, []);
            return;
        }

        using var call = server.Client.ModelStreamInfer();
        await call.RequestStream.CompleteAsync();
        await call.ResponseStream.MoveNext(CancellationToken.None);
    }
}
