using Grpc.Core;
using Grpc.Health.V1;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>A server over a repository of the fixture's own, and what clients see of its models.</summary>
internal abstract class LifecycleFixture : ServerFixture, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(20);

    protected TemporaryRepository Models { get; } = new();

    protected override string Repository => Models.Path;

    public void Dispose() => Models.Dispose();

    /// <summary>A version that gives its input back.</summary>
    protected void PutIdentity(string folder) => Models.Copy(RepositoryPaths.TestModels, "identity_fp32/1", folder);

    /// <summary>Writes a file that is no model over a version's artefact, at once.</summary>
    protected void Spoil(string folder)
    {
        Models.Write($"{folder}/spoiled.tmp", "no model at all");
        File.Move(Path.Combine(Models.Path, folder, "spoiled.tmp"), Path.Combine(Models.Path, folder, "model.onnx"), overwrite: true);
    }

    /// <summary>Puts the artefact of an identity in a version's place, at once.</summary>
    protected void Repair(string folder)
    {
        var artefact = Path.Combine(Models.Path, folder, "model.onnx");
        File.Copy(Path.Combine(RepositoryPaths.TestModels, "identity_fp32", "1", "model.onnx"), artefact + ".tmp");
        File.Move(artefact + ".tmp", artefact, overwrite: true);
    }

    /// <summary>The index of a model: <c>1 READY; 2 UNAVAILABLE unloaded</c>.</summary>
    protected async Task<string> IndexAsync(string model)
    {
        var index = await Server.Client.RepositoryIndexAsync(new RepositoryIndexRequest());
        return string.Join("; ", index.Models.Where(m => m.Name == model).Select(m => $"{m.Version} {m.State} {m.Reason}".Trim()));
    }

    /// <summary>Waits until the index of a model is, or begins with, what is expected.</summary>
    protected async Task UntilAsync(string model, string expected, bool isBeginning = false)
    {
        var found = string.Empty;
        using var limit = new CancellationTokenSource(Patience);
        using var looks = new PeriodicTimer(LookTime);
        try
        {
            while (true)
            {
                found = await IndexAsync(model);
                if (isBeginning ? found.StartsWith(expected, StringComparison.Ordinal) : found == expected)
                    return;
                await looks.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"the index of {model} is '{found}' after {Patience}; expected '{expected}'");
        }
    }

    protected async Task LoadAsync(string model) => await Server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = model });

    protected async Task UnloadAsync(string model) => await Server.Client.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = model });

    /// <summary>What a model that gives its input back answers to two numbers.</summary>
    protected async Task<float[]> InferAsync(string model, string version = "1") =>
        (await Server.Client.ModelInferAsync(Requests.For(model, version).Floats("x", [1, 2], 3f, 4f))).Floats("y");

    /// <summary>Readiness as the protocol tells it and as gRPC's health service does.</summary>
    protected async Task<(bool Ready, HealthCheckResponse.Types.ServingStatus Health)> ReadinessAsync(string model, string version = "1") => (
        (await Server.Client.ModelReadyAsync(new ModelReadyRequest { Name = model, Version = version })).Ready,
        (await Server.Health.CheckAsync(new HealthCheckRequest { Service = model })).Status);

    protected static async Task<RpcException> FailureAsync(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call))!;
}
