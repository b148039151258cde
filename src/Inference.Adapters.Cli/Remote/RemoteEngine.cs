using System.Collections.Immutable;
using Grpc.Core;
using Grpc.Net.Client;
using Inference.Adapters.Cli.Engines;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Cli.Remote;

/// <summary>Asks a server over gRPC. All calls together end at the timeout, whatever the server does.</summary>
internal sealed class RemoteEngine : IEngine
{
    private const int MaxAnswerBytes = 256 << 20;
    private const string NotInMemory = "not in memory";
    private readonly GrpcChannel _channel;
    private readonly GRPCInferenceService.GRPCInferenceServiceClient _client;
    private readonly Uri _address;
    private readonly TimeSpan _timeout;
    private readonly DateTime _deadline;

    public RemoteEngine(Endpoint server, TimeSpan timeout)
    {
        _address = server.Address;
        _timeout = timeout;
        _deadline = DateTime.UtcNow + timeout;
        var options = new GrpcChannelOptions { MaxReceiveMessageSize = MaxAnswerBytes, MaxSendMessageSize = null };
        if (_address.Scheme == Uri.UriSchemeHttps)
            (options.HttpHandler, options.DisposeHttpClient) = (server.Tls.HandlerFor(_address), true);
        _channel = GrpcChannel.ForAddress(_address.Scheme == Uri.UriSchemeHttps ? server.Tls.NameOf(_address) : _address, options);
        _client = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
    }

    public async Task<IReadOnlyList<ModelDescription>> ListAsync(CancellationToken cancellation)
    {
        var index = await CallAsync(o => _client.RepositoryIndexAsync(new RepositoryIndexRequest(), o), cancellation).ConfigureAwait(false);
        var models = new List<ModelDescription>();
        foreach (var entry in index.Models)
            models.Add(await DescribeAsync(entry, cancellation).ConfigureAwait(false));
        return models;
    }

    public async Task<PipelineContract> DescribeAsync(string model, string version, CancellationToken cancellation)
    {
        var request = new ModelMetadataRequest { Name = model, Version = version };
        var metadata = await CallAsync(o => _client.ModelMetadataAsync(request, o), cancellation).ConfigureAwait(false);
        return new PipelineContract([.. metadata.Inputs.Select(Spec)], [.. metadata.Outputs.Select(Spec)]);
    }

    public async Task<Answer> InferAsync(InferenceRequest request, CancellationToken cancellation)
    {
        var message = RequestEncoder.Encode(request);
        return ResponseDecoder.Decode(await CallAsync(o => _client.ModelInferAsync(message, o), cancellation).ConfigureAwait(false));
    }

    /// <summary>The server takes requests.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation) =>
        (await CallAsync(o => _client.ServerReadyAsync(new ServerReadyRequest(), o), cancellation).ConfigureAwait(false)).Ready;

    /// <summary>Tells the server of a shared memory object of this machine.</summary>
    public Task RegisterAsync(string name, string key, long bytes, CancellationToken cancellation)
    {
        var request = new SystemSharedMemoryRegisterRequest { Name = name, Key = key, ByteSize = (ulong)bytes };
        return CallAsync(o => _client.SystemSharedMemoryRegisterAsync(request, o), cancellation);
    }

    /// <summary>Makes the server forget a shared memory object.</summary>
    public Task UnregisterAsync(string name) =>
        CallAsync(o => _client.SystemSharedMemoryUnregisterAsync(new SystemSharedMemoryUnregisterRequest { Name = name }, o), CancellationToken.None);

    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private static TensorSpec Spec(ModelMetadataResponse.Types.TensorMetadata tensor)
    {
        ImmutableArray<long> shape = [.. tensor.Shape.Select(d => d < 0 ? TensorSpec.Any : d)];
        return shape.Length <= TensorShape.MaxRank
            ? new TensorSpec(tensor.Name, TensorTypeExtensions.Parse(tensor.Datatype, tensor.Name), shape)
            : throw InferenceException.InvalidArgument($"tensor {ErrorText.Quote(tensor.Name)} has {shape.Length} dimensions; at most {TensorShape.MaxRank} are possible.");
    }

    // One version that cannot be described, or was unloaded meanwhile, does not hide the others.
    private async Task<ModelDescription> DescribeAsync(RepositoryIndexResponse.Types.ModelIndex entry, CancellationToken cancellation)
    {
        // A list must not bring thousands of models into memory.
        if (entry.State != ModelDescription.Ready || entry.Reason.StartsWith(NotInMemory, StringComparison.Ordinal))
            return new ModelDescription(entry.Name, entry.Version, entry.State, entry.Reason, Contract: null);
        try
        {
            var contract = await DescribeAsync(entry.Name, entry.Version, cancellation).ConfigureAwait(false);
            return new ModelDescription(entry.Name, entry.Version, entry.State, entry.Reason, contract);
        }
        catch (InferenceException e) when (e.Code is not ErrorCode.DeadlineExceeded)
        {
            return new ModelDescription(entry.Name, entry.Version, entry.State, $"its metadata cannot be had: {e.Message}", Contract: null);
        }
    }

    private async Task<T> CallAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellation)
    {
        try
        {
            using var pending = call(new CallOptions(deadline: _deadline, cancellationToken: cancellation));
            return await pending.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            cancellation.ThrowIfCancellationRequested();
            throw RemoteErrors.Translate(_address, _timeout, e.Status);
        }
    }
}
