using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Client;

/// <summary>
/// What a server has spent on one version of a model, from ModelStatistics. RequestSeconds adds up over requests, so a batch
/// counts once for each of its requests; BatchSeconds counts each execution once and is what the device was busy.
/// </summary>
internal sealed record DeviceTime(double Rows, double Executions, double RequestSeconds, double BatchSeconds)
{
    /// <summary>The totals now.</summary>
    /// <exception cref="LoadException">The server has no statistics of the model.</exception>
    public static async Task<DeviceTime> ReadAsync(CallInvoker invoker, RequestShape shape)
    {
        var request = new ModelStatisticsRequest { Name = shape.Model, Version = shape.Version };
        try
        {
            var client = new GRPCInferenceService.GRPCInferenceServiceClient(invoker);
            var response = await client.ModelStatisticsAsync(request, deadline: DateTime.UtcNow.AddSeconds(10));
            var model = response.ModelStats.SingleOrDefault()
                ?? throw new LoadException(
                    $"ModelStatistics has {response.ModelStats.Count} entries for version {shape.Version} of '{shape.Model}', expected 1.");
            return new(
                model.InferenceCount, model.ExecutionCount, Seconds(model.InferenceStats.ComputeInfer.Ns),
                Seconds((ulong)model.BatchStats.Sum(b => (decimal)b.ComputeInfer.Ns)));
        }
        catch (RpcException error)
        {
            throw new LoadException($"ModelStatistics of '{shape.Model}' ended with {error.StatusCode}: {error.Status.Detail}");
        }
    }

    /// <summary>What was spent since an earlier reading.</summary>
    public DeviceTime Since(DeviceTime earlier) => new(
        Rows - earlier.Rows, Executions - earlier.Executions, RequestSeconds - earlier.RequestSeconds, BatchSeconds - earlier.BatchSeconds);

    private static double Seconds(ulong nanoseconds) => nanoseconds / 1e9;
}
