using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Infer;

namespace Inference.Adapters.Cli.Engines;

/// <summary>Answers from a repository that is loaded in this process; owns it.</summary>
internal sealed class InProcessEngine(ILocalEngine engine, TimeSpan? timeout = null) : IEngine
{
    public async Task<IReadOnlyList<ModelDescription>> ListAsync(CancellationToken cancellation)
    {
        var models = new List<ModelDescription>();
        foreach (var entry in engine.Repository.Index(readyOnly: false))
        {
            var contract = entry.State == PipelineState.Ready ? await DescribeAsync(entry.Name, entry.Version, cancellation).ConfigureAwait(false) : null;
            models.Add(new ModelDescription(entry.Name, entry.Version, StateName(entry.State), ErrorText.Bound(entry.Reason), contract));
        }

        return models;
    }

    public async Task<PipelineContract> DescribeAsync(string model, string version, CancellationToken cancellation)
    {
        var metadata = await engine.Metadata.DescribeAsync(model, version, cancellation).ConfigureAwait(false);
        return new PipelineContract(metadata.Inputs, metadata.Outputs);
    }

    public async Task<Answer> InferAsync(InferenceRequest request, CancellationToken cancellation)
    {
        var limited = new InferenceRequest
        {
            ModelName = request.ModelName,
            Version = request.Version,
            Id = request.Id,
            Inputs = request.Inputs,
            Outputs = request.Outputs,
            Parameters = request.Parameters,
            DeadlineUtc = timeout is { } limit ? DateTime.UtcNow + limit : null,
        };
        using var response = await engine.Inference.InferAsync(limited, cancellation).ConfigureAwait(false);
        return new Answer(response.ModelName, response.Version, response.Id, response.Outputs.Share());
    }

    /// <summary>What was made of a model's configuration, where that needs telling.</summary>
    public IReadOnlyList<ManifestNote> Notes(string model) => engine.Metadata.Notes(model);

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    private static string StateName(PipelineState state) => state switch
    {
        PipelineState.Ready => ModelDescription.Ready,
        PipelineState.Loading or PipelineState.WarmingUp => "LOADING",
        PipelineState.Draining => "UNLOADING",
        _ => "UNAVAILABLE",
    };
}
