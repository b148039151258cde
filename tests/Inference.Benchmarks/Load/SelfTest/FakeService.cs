using System.Globalization;
using Grpc.Core;
using Inference.Adapters.Protocol;

namespace Inference.Benchmarks.Load.SelfTest;

/// <summary>
/// A server whose models are known: small answers at once, slow takes its turn on a device, stuck answers single rows until it
/// is loaded and then only when the call has ended. It goes wrong on request.
/// </summary>
internal sealed class FakeService(FakeDevice device) : GRPCInferenceService.GRPCInferenceServiceBase
{
    private int calls;

    public enum Fault
    {
        None,
        Wrong,
        Swapped,
        Doubled,
        Missing,
        Error,
        Status,
    }

    /// <summary>What goes wrong with every hundredth request.</summary>
    public Fault Goes
    {
        get;
        set => (field, calls) = (value, 0);
    }

    /// <summary>Answers that calls to stuck still get before it hangs.</summary>
    public int UntilStuck { get; set; }

    public override async Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context)
    {
        var due = Interlocked.Increment(ref calls) % 100 == 0;
        if (request.ModelName == "slow")
            await device.RunAsync();
        else if (request.ModelName == "stuck" && UntilStuck-- <= 0)
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        if (due && Goes == Fault.Status)
            throw new RpcException(new Status(StatusCode.Internal, "It went wrong."));
        return FakeModel.Answer(request, due && Goes == Fault.Wrong);
    }

    public override async Task ModelStreamInfer(
        IAsyncStreamReader<ModelInferRequest> requestStream, IServerStreamWriter<ModelStreamInferResponse> responseStream, ServerCallContext context)
    {
        ModelInferResponse? held = null;
        await foreach (var request in requestStream.ReadAllAsync())
        {
            var due = int.Parse(request.Id, CultureInfo.InvariantCulture) % 100 == 99;
            var answer = FakeModel.Answer(request, due && Goes == Fault.Wrong);
            if (due && Goes == Fault.Missing)
                continue;
            if (due && Goes == Fault.Swapped)
            {
                held = answer;
                continue;
            }

            if (held is not null)
            {
                (held.Id, answer.Id) = (answer.Id, held.Id);
                await responseStream.WriteAsync(new ModelStreamInferResponse { InferResponse = held });
                held = null;
            }

            var error = due && Goes == Fault.Error ? "It went wrong." : "";
            await responseStream.WriteAsync(new ModelStreamInferResponse { InferResponse = answer, ErrorMessage = error });
            if (due && Goes == Fault.Doubled)
                await responseStream.WriteAsync(new ModelStreamInferResponse { InferResponse = answer });
        }

        if (held is not null)
            await responseStream.WriteAsync(new ModelStreamInferResponse { InferResponse = held });
    }

    public override Task<RepositoryModelLoadResponse> RepositoryModelLoad(RepositoryModelLoadRequest request, ServerCallContext context) => Task.FromResult(new RepositoryModelLoadResponse());

    public override Task<RepositoryModelUnloadResponse> RepositoryModelUnload(RepositoryModelUnloadRequest request, ServerCallContext context) => Task.FromResult(new RepositoryModelUnloadResponse());

    /// <summary>Each request ran alone for a millisecond, on small in a batch of two.</summary>
    public override Task<ModelStatisticsResponse> ModelStatistics(ModelStatisticsRequest request, ServerCallContext context)
    {
        var requests = request.Name == "slow" ? (ulong)device.Ran : (ulong)calls;
        var executions = request.Name == "slow" ? requests : requests / 2;
        var statistics = new ModelStatistics
        {
            Name = request.Name,
            InferenceCount = requests,
            ExecutionCount = executions,
            InferenceStats = new InferStatistics { ComputeInfer = new StatisticDuration { Ns = requests * 1_000_000 } },
            BatchStats = { new InferBatchStatistics { ComputeInfer = new StatisticDuration { Ns = executions * 1_000_000 } } },
        };
        return Task.FromResult(new ModelStatisticsResponse { ModelStats = { statistics } });
    }
}
