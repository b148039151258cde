using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Infer;
using Inference.Services.Repository;

namespace Inference.Adapters.Cli.Engines;

/// <summary>Answers from a repository that is loaded in this process; owns it.</summary>
internal sealed class InProcessEngine(ILocalEngine engine, TimeSpan? timeout = null) : IEngine
{
    public Task<IReadOnlyList<ModelDescription>> ListAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ModelDescription>>([.. engine.Repository.Index(readyOnly: false).Select(Describe)]);

    public Task<PipelineContract> DescribeAsync(string model, string version, CancellationToken cancellation) => Task.FromResult(Contract(model, version));

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

    private ModelDescription Describe(IndexEntry entry)
    {
        var contract = entry.State == PipelineState.Ready ? Contract(entry.Name, entry.Version) : null;
        return new ModelDescription(entry.Name, entry.Version, StateName(entry.State), ErrorText.Bound(entry.Reason), contract);
    }

    private PipelineContract Contract(string model, string version)
    {
        var metadata = engine.Metadata.Describe(model, version);
        return new PipelineContract(metadata.Inputs, metadata.Outputs);
    }
}
