using Grpc.Core;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Metadata;
using Inference.Adapters.Grpc.Protocol;
using Inference.Adapters.Grpc.Streams;
using Inference.Adapters.Protocol;
using Inference.Services.Health;
using Inference.Services.Metadata;
using Inference.Services.Repository;
using Inference.Services.Settings;
using Inference.Services.SharedMemory;

namespace Inference.Adapters.Grpc;

/// <summary>
/// The Open Inference Protocol: each method converts the request, calls a service and converts the answer. Errors are thrown
/// as they come; the interceptor gives them their status. Thread-safe.
/// </summary>
[BindServiceMethod(typeof(OpenInferenceBinding), nameof(OpenInferenceBinding.BindService))]
internal sealed partial class OpenInferenceAdapter(
    MetadataService metadata,
    RepositoryService repository,
    HealthService health,
    InferStreams streams,
    SharedMemoryService sharedMemory,
    TraceSettingService traces,
    LogSettingService log,
    GrpcAdapterOptions options) : GRPCInferenceService.GRPCInferenceServiceBase
{
    // Exactly what works in full; clients look here before they use an extension.
    private static readonly string[] Extensions = ["classification", "logging", "model_configuration", "model_repository", "model_repository(unload_dependents)", "schedule_policy", "statistics", "trace"];

    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = health.IsLive });

    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = health.IsReady });

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ModelReadyResponse { Ready = health.IsModelReady(request.Name, request.Version) });

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerMetadataResponse { Name = options.ServerName, Version = options.ServerVersion, Extensions = { Extensions, SharedMemoryExtensions() } });

    public override async Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context) =>
        ModelMetadataMapper.Encode(await metadata.DescribeAsync(request.Name, request.Version, context.CancellationToken).ConfigureAwait(false));

    public override async Task<ModelConfigResponse> ModelConfig(ModelConfigRequest request, ServerCallContext context) =>
        ModelConfigMapper.Encode(await metadata.DescribeAsync(request.Name, request.Version, context.CancellationToken).ConfigureAwait(false));

    public override Task<ModelStatisticsResponse> ModelStatistics(ModelStatisticsRequest request, ServerCallContext context) =>
        Task.FromResult(StatisticsMapper.Encode(metadata.Statistics(request.Name, request.Version)));

    public override async Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext context)
    {
        RepositoryIndexMapper.Check(request);
        await repository.RefreshAsync(context.CancellationToken).ConfigureAwait(false);
        return RepositoryIndexMapper.Encode(repository.Index(request.Ready));
    }

    public override async Task<RepositoryModelLoadResponse> RepositoryModelLoad(RepositoryModelLoadRequest request, ServerCallContext context)
    {
        var replaced = RepositoryControlMapper.Decode(request);
        await (replaced is null
            ? repository.LoadAsync(request.ModelName, context.CancellationToken)
            : repository.LoadAsync(request.ModelName, replaced, context.CancellationToken)).ConfigureAwait(false);
        return new RepositoryModelLoadResponse();
    }

    public override async Task<RepositoryModelUnloadResponse> RepositoryModelUnload(RepositoryModelUnloadRequest request, ServerCallContext context)
    {
        RepositoryControlMapper.Check(request);
        await repository.UnloadAsync(request.ModelName, context.CancellationToken).ConfigureAwait(false);
        return new RepositoryModelUnloadResponse();
    }

    /// <summary>Answers a stream of requests, each when it is done. Mapped in place of the generated method, with a codec of our own.</summary>
    public Task ModelStreamInfer(IAsyncStreamReader<InferCall> requests, IServerStreamWriter<InferAnswer> answers, ServerCallContext context) =>
        streams.ServeAsync(requests, answers, context);
}
