using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Repository;
using Wire = Inference.Adapters.Protocol.RepositoryIndexResponse.Types.ModelIndex;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>The repository's index to the protocol's.</summary>
internal static class RepositoryIndexMapper
{
    /// <summary>Checks the request: the server has one repository, which has no name.</summary>
    /// <exception cref="InferenceException">InvalidArgument for a repository by name.</exception>
    public static void Check(RepositoryIndexRequest request) => RepositoryControlMapper.CheckRepository(request.RepositoryName);

    /// <summary>The message.</summary>
    public static RepositoryIndexResponse Encode(IReadOnlyList<IndexEntry> entries)
    {
        var response = new RepositoryIndexResponse();
        foreach (var entry in entries)
        {
            var (state, reason) = entry.IsServable ? ("READY", Readiness(entry.State)) : State(entry.State);
            response.Models.Add(new Wire { Name = entry.Name, Version = entry.Version, State = state, Reason = entry.Reason.Length > 0 ? entry.Reason : reason });
        }

        return response;
    }

    // What a request brings into memory is ready for it.
    private static string Readiness(PipelineState state) => state switch
    {
        PipelineState.Ready => string.Empty,
        PipelineState.Dormant => "not in memory; its first request loads it",
        _ => "being loaded for a request",
    };

    private static (string State, string Reason) State(PipelineState state) => state switch
    {
        PipelineState.Loading => ("LOADING", "loading"),
        PipelineState.WarmingUp => ("LOADING", "warming up"),
        PipelineState.Ready => ("READY", string.Empty),
        PipelineState.Draining => ("UNLOADING", "waiting for the requests that use it"),
        PipelineState.Failed => ("UNAVAILABLE", "failed"),
        PipelineState.Unloaded => ("UNAVAILABLE", "unloaded"),
        _ => ("UNKNOWN", string.Empty),
    };
}
