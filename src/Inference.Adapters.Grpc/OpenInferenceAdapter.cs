using Grpc.Core;
using Inference.Adapters.Grpc.Calls;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Metadata;
using Inference.Adapters.Grpc.Protocol;
using Inference.Adapters.Grpc.Streams;
using Inference.Adapters.Protocol;
using Inference.Core.Lifecycle;
using Inference.Domain;
using Inference.Services.Health;
using Inference.Services.Infer;
using Inference.Services.Metadata;
using Inference.Services.Repository;
using Microsoft.AspNetCore.Http;

namespace Inference.Adapters.Grpc;

/// <summary>
/// The Open Inference Protocol: each method converts the request, calls a service and converts the answer. Errors are thrown
/// as they come; the interceptor gives them their status. Thread-safe.
/// </summary>
[BindServiceMethod(typeof(OpenInferenceBinding), nameof(OpenInferenceBinding.BindService))]
internal sealed partial class OpenInferenceAdapter(
    InferenceService inference,
    MetadataService metadata,
    RepositoryService repository,
    HealthService health,
    InferStreams streams,
    ServerLifecycle lifecycle,
    GrpcAdapterOptions options) : GRPCInferenceService.GRPCInferenceServiceBase
{
    // Exactly what works in full; clients look here before they use an extension.
    private static readonly string[] Extensions = ["classification", "model_configuration", "schedule_policy", "statistics"];

    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = health.IsLive });

    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = health.IsReady });

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ModelReadyResponse { Ready = health.IsModelReady(request.Name, request.Version) });

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerMetadataResponse { Name = options.ServerName, Version = options.ServerVersion, Extensions = { Extensions } });

    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(ModelMetadataMapper.Encode(metadata.Describe(request.Name, request.Version)));

    public override Task<ModelConfigResponse> ModelConfig(ModelConfigRequest request, ServerCallContext context) =>
        Task.FromResult(ModelConfigMapper.Encode(metadata.Describe(request.Name, request.Version)));

    public override Task<ModelStatisticsResponse> ModelStatistics(ModelStatisticsRequest request, ServerCallContext context) =>
        Task.FromResult(StatisticsMapper.Encode(metadata.Statistics(request.Name, request.Version)));

    public override Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext context)
    {
        RepositoryIndexMapper.Check(request);
        return Task.FromResult(RepositoryIndexMapper.Encode(repository.Index(request.Ready)));
    }

    /// <summary>Bound by <see cref="OpenInferenceBinding"/> in place of the generated method, with a codec of our own.</summary>
    public async Task<InferAnswer> ModelInfer(InferCall call, ServerCallContext context)
    {
        // The answer is written after this method has returned. The end of the HTTP exchange comes after that, and comes also
        // where the caller has gone or writing fails.
        var http = context.GetHttpContext();
        var pending = new Answer(lifecycle);
        http.Response.RegisterForDispose(pending);
        using (call)
        {
            var response = await inference.InferAsync(Admit(call, http, context.Deadline), context.CancellationToken);
            pending.Response = response;
            return new InferAnswer(response, call.Form);
        }
    }

    /// <summary>The same for a stream of requests, each of which is answered when it is done.</summary>
    public Task ModelStreamInfer(IAsyncStreamReader<InferCall> requests, IServerStreamWriter<InferAnswer> answers, ServerCallContext context) =>
        streams.ServeAsync(requests, answers, context);

    private InferenceRequest Admit(InferCall call, HttpContext http, DateTime deadline)
    {
        try
        {
            CountedBody.Of(http)?.Hold(call.Bytes);
            return call.TryGetRequest(deadline, out var request) ? request : throw call.Error!;
        }
        catch (InferenceException e)
        {
            inference.CountRejected(call.ModelName, e);
            throw;
        }
    }
}
