using V1 = Grpc.Reflection.V1;
using V1Alpha = Grpc.Reflection.V1Alpha;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class ReflectionTests
{
    private static readonly string[] Services = ["inference.GRPCInferenceService", "grpc.health.v1.Health"];

    [Test]
    public async Task List_V1_NamesInferenceAndHealth()
    {
        await using var server = await LoopbackServer.StartAsync();
        using var call = new V1.ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new V1.ServerReflectionRequest { ListServices = string.Empty });
        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.That(call.ResponseStream.Current.ListServicesResponse.Service.Select(s => s.Name), Is.SupersetOf(Services));
        await call.RequestStream.CompleteAsync();
    }

    [Test]
    public async Task List_V1Alpha_NamesInferenceAndHealth()
    {
        await using var server = await LoopbackServer.StartAsync();
        using var call = new V1Alpha.ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new V1Alpha.ServerReflectionRequest { ListServices = string.Empty });
        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.That(call.ResponseStream.Current.ListServicesResponse.Service.Select(s => s.Name), Is.SupersetOf(Services));
        await call.RequestStream.CompleteAsync();
    }

    [Test]
    public async Task FileContainingSymbol_Method_GivesTheProtocolsFile()
    {
        await using var server = await LoopbackServer.StartAsync();
        using var call = new V1.ServerReflection.ServerReflectionClient(server.Channel).ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new V1.ServerReflectionRequest { FileContainingSymbol = "inference.GRPCInferenceService" });
        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None));
        var files = call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto;
        Assert.That(files.Select(f => Google.Protobuf.Reflection.FileDescriptorProto.Parser.ParseFrom(f).Package), Is.EqualTo(new[] { "inference" }));
        await call.RequestStream.CompleteAsync();
    }
}
