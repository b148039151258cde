using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Cli.Engines;

/// <summary>What answers a command: a server, or this process. Both speak domain types, so that both print the same.</summary>
internal interface IEngine : IAsyncDisposable
{
    /// <summary>Every version of every model.</summary>
    Task<IReadOnlyList<ModelDescription>> ListAsync(CancellationToken cancellation);

    /// <summary>What one version takes and gives.</summary>
    Task<PipelineContract> DescribeAsync(string model, string version, CancellationToken cancellation);

    /// <summary>Answers one request, whose tensors stay the caller's.</summary>
    Task<Answer> InferAsync(InferenceRequest request, CancellationToken cancellation);
}

/// <summary>Inputs and outputs of a pipeline.</summary>
internal sealed record PipelineContract(IReadOnlyList<TensorSpec> Inputs, IReadOnlyList<TensorSpec> Outputs);

/// <summary>One version in a list of models.</summary>
/// <param name="Name">Name of the model.</param>
/// <param name="Version">Version; empty for a model that has none.</param>
/// <param name="State">State in the protocol's words: READY, LOADING, UNLOADING, UNAVAILABLE.</param>
/// <param name="Reason">Why it does not serve; empty where it does.</param>
/// <param name="Contract">What it takes and gives, where it serves.</param>
internal sealed record ModelDescription(string Name, string Version, string State, string Reason, PipelineContract? Contract)
{
    public const string Ready = "READY";

    public bool IsReady => State == Ready;
}

/// <summary>The answer to a request; owns its tensors.</summary>
internal sealed class Answer(string modelName, string version, string id, TensorSet outputs) : IDisposable
{
    public string ModelName => modelName;

    public string Version => version;

    public string Id => id;

    public TensorSet Outputs => outputs;

    public void Dispose() => outputs.Dispose();
}
