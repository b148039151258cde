using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Core.Configuration;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class RepositoryControlTests
{
    private static readonly TestModel Model = TestModel.Identity("m", TensorType.Float32);
    private static readonly RepositoryOptions Explicit = new() { Mode = "explicit", SettleMilliseconds = 0 };

    [Test]
    public async Task LoadAndUnload_KnownModel_ChangeItsState()
    {
        await using var server = await LoopbackServer.StartAsync(Explicit, Model);
        var before = await StateAsync(server);
        await server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "m" });
        var loaded = await StateAsync(server);
        await server.Client.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = "m", Parameters = { ["unload_dependents"] = new ModelRepositoryParameter { BoolParam = true } } });

        Assert.That((before, loaded, await StateAsync(server)), Is.EqualTo((("UNAVAILABLE", "unloaded"), ("READY", string.Empty), ("UNAVAILABLE", "unloaded"))));
    }

    [Test]
    public async Task Load_UnknownModel_IsNotFound()
    {
        await using var server = await LoopbackServer.StartAsync(Explicit, Model);
        var error = await Requests.RefusedAsync(() => server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "n" }).ResponseAsync);
        Assert.That((error.StatusCode, error.Status.Detail), Is.EqualTo((StatusCode.NotFound, "model 'n' is not in the repository; RepositoryIndex lists what is.")));
    }

    [TestCase("colour", "known here: config, file:<version>/<path>")]
    [TestCase("config", "is int64_param; expected string_param")]
    [TestCase("file:1/model.onnx", "is int64_param; expected bytes_param")]
    public async Task Load_ParameterThatIsWrong_IsRefusedByName(string name, string expected)
    {
        await using var server = await LoopbackServer.StartAsync(Explicit, Model);
        var request = new RepositoryModelLoadRequest { ModelName = "m", Parameters = { [name] = new ModelRepositoryParameter { Int64Param = 1 } } };
        var error = await Requests.RefusedAsync(() => server.Client.RepositoryModelLoadAsync(request).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(error.Status.Detail, Does.Contain($"'{name}'").And.Contain(expected));
    }

    [Test]
    public async Task Load_FilesWithoutConfiguration_AreRefused()
    {
        await using var server = await LoopbackServer.StartAsync(Explicit, Model);
        var request = new RepositoryModelLoadRequest { ModelName = "m", Parameters = { ["file:1/model.onnx"] = new ModelRepositoryParameter { BytesParam = ByteString.CopyFromUtf8("x") } } };
        var error = await Requests.RefusedAsync(() => server.Client.RepositoryModelLoadAsync(request).ResponseAsync);
        Assert.That((error.StatusCode, error.Status.Detail), Is.EqualTo((StatusCode.InvalidArgument, "parameter 'file:1/model.onnx' is given without parameter 'config'; files that replace the repository's need a configuration, such as {}.")));
    }

    [Test]
    public async Task Load_StorageThatTakesNoConfiguration_IsUnimplemented()
    {
        await using var server = await LoopbackServer.StartAsync(Explicit, Model);
        var request = new RepositoryModelLoadRequest { ModelName = "m", Parameters = { ["config"] = new ModelRepositoryParameter { StringParam = "{}" } } };
        var error = await Requests.RefusedAsync(() => server.Client.RepositoryModelLoadAsync(request).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.Unimplemented));
    }

    [Test]
    public async Task Load_ServerThatDoesNotTakeIt_TellsTheMode()
    {
        await using var server = await LoopbackServer.StartAsync(Model);
        var error = await Requests.RefusedAsync(() => server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "m" }).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));
        Assert.That(error.Status.Detail, Does.Contain("none").And.Contain("Repository:Mode"));
    }

    private static async Task<(string State, string Reason)> StateAsync(LoopbackServer server)
    {
        var index = await server.Client.RepositoryIndexAsync(new RepositoryIndexRequest());
        return (index.Models.Single().State, index.Models.Single().Reason);
    }
}
