using Grpc.Core;
using Inference.Adapters.Protocol;

namespace Inference.Benchmarks.Load.Client;

/// <summary>Loads and unloads a model by call.</summary>
internal sealed class ModelControl(CallInvoker invoker, string model)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly GRPCInferenceService.GRPCInferenceServiceClient client = new(invoker);

    /// <exception cref="LoadException">The server does not load it.</exception>
    public Task LoadAsync() => TryAsync("load", async () => await client.RepositoryModelLoadAsync(new() { ModelName = model }, deadline: DateTime.UtcNow + Limit));

    /// <exception cref="LoadException">The server does not unload it.</exception>
    public Task UnloadAsync() => TryAsync("unload", async () => await client.RepositoryModelUnloadAsync(new() { ModelName = model }, deadline: DateTime.UtcNow + Limit));

    private async Task TryAsync(string what, Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException error)
        {
            throw new LoadException($"The server does not {what} model '{model}': {error.StatusCode}: {error.Status.Detail}");
        }
    }
}
