using System.Globalization;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.SharedMemory;

/// <summary>A client that makes its object smaller while the server uses it. The server is a process of its own: it must live.</summary>
internal sealed class ShrinkTests
{
    private const int Rows = 400_000;
    private const long TensorBytes = Rows * 3L * sizeof(float);
    private const int LeastRounds = 10;
    private const int MostRounds = 200;

    [Test]
    public async Task ModelInfer_ObjectShrinksWhileItIsUsed_ThatRequestFailsAndNothingElse()
    {
        ShmObject.Require();
        using var repository = new TemporaryRepository()
            .Copy(RepositoryPaths.TestModels, "identity_fp32")
            .Copy(RepositoryPaths.TestModels, "sum_product")
            .Write("sum_product/1/pipeline.yaml", "batching: off\nqueue: { max_rows: 100000000 }\n");
        await using var server = await ServerProcess.StartAsync(repository.Path, "--Inference:SharedMemory:Enabled=true");
        using var stop = new CancellationTokenSource();
        var steady = Task.Run(() => ServeSteadilyAsync(server.Client, stop.Token));
        var codes = new HashSet<StatusCode>();
        var lost = 0d;
        for (var round = 0; round < MostRounds && (lost == 0 || round < LeastRounds); round++)
        {
            codes.UnionWith(await ShrinkOnceAsync(server.Client, round));
            lost = await LostAsync(server);
        }

        await stop.CancelAsync();
        Assert.Multiple(() =>
        {
            Assert.That(lost, Is.Positive, $"no run was hit within {MostRounds} rounds");
            Assert.That(codes, Does.Contain(StatusCode.FailedPrecondition).And.SubsetOf(new[] { StatusCode.OK, StatusCode.FailedPrecondition }));
            Assert.That(server.Output, Does.Contain("went away while it was used").And.Not.Contain("Unhandled").And.Not.Contain(" fail: "));
        });
        Assert.That(await steady, Is.Positive, "requests of others were answered all the time");
        server.Signal(ServerProcess.Terminate);
        Assert.That(await server.WaitForExitAsync(TimeSpan.FromSeconds(60)), Is.Zero);
    }

    // Requests over one object, which shrinks at some moment after they were sent.
    private static async Task<IEnumerable<StatusCode>> ShrinkOnceAsync(GRPCInferenceService.GRPCInferenceServiceClient client, int round)
    {
        using var shm = new ShmObject(4 * TensorBytes);
        await client.SystemSharedMemoryRegisterAsync(shm.Registration("hostile", 4 * TensorBytes));
        var requests = Enumerable.Range(0, 3).Select(_ => CodeAsync(client, Request())).ToList();
        for (var i = 0; i < round % 8; i++)
            await client.SystemSharedMemoryStatusAsync(new SystemSharedMemoryStatusRequest());
        shm.Resize(round % 2 == 0 ? 0 : 4096);
        var codes = await Task.WhenAll(requests);
        await client.SystemSharedMemoryUnregisterAsync(new SystemSharedMemoryUnregisterRequest { Name = "hostile" });
        return codes;
    }

    private static ModelInferRequest Request()
    {
        var request = Requests.For("sum_product", "1");
        var tensors = new[] { "a", "b", "sum", "product" };
        for (var i = 0; i < 2; i++)
        {
            var input = new ModelInferRequest.Types.InferInputTensor { Name = tensors[i], Datatype = "FP32", Shape = { Rows, 3 } };
            ShmObject.Place(input.Parameters, "hostile", TensorBytes, i * TensorBytes);
            request.Inputs.Add(input);
            var output = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = tensors[i + 2] };
            ShmObject.Place(output.Parameters, "hostile", TensorBytes, (i + 2) * TensorBytes);
            request.Outputs.Add(output);
        }

        return request;
    }

    private static async Task<StatusCode> CodeAsync(GRPCInferenceService.GRPCInferenceServiceClient client, ModelInferRequest request)
    {
        try
        {
            await client.ModelInferAsync(request);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    // Another client with a region of its own, whose every request must be answered rightly.
    private static async Task<int> ServeSteadilyAsync(GRPCInferenceService.GRPCInferenceServiceClient client, CancellationToken stop)
    {
        const int elements = 100_000;
        using var shm = new ShmObject(2 * elements * sizeof(float));
        await client.SystemSharedMemoryRegisterAsync(shm.Registration("steady", 2 * elements * sizeof(float)), cancellationToken: CancellationToken.None);
        var answered = 0;
        for (; !stop.IsCancellationRequested; answered++)
        {
            float[] values = [.. Enumerable.Range(answered, elements)];
            shm.Write(0, values);
            await client.ModelInferAsync(SharedMemoryFixture.Floats("identity_fp32", [1, elements], ("steady", 0), ("steady", elements * sizeof(float))), cancellationToken: CancellationToken.None);
            Assert.That(shm.Read<float>(elements * sizeof(float), elements), Is.EqualTo(values));
        }

        return answered;
    }

    private static async Task<double> LostAsync(ServerProcess server)
    {
        const string series = "inference_shared_memory_lost_total ";
        var page = await server.Http.GetStringAsync(new Uri(server.MetricsAddress, "/metrics"));
        return double.Parse(page.Split('\n').Single(l => l.StartsWith(series, StringComparison.Ordinal)).AsSpan(series.Length), CultureInfo.InvariantCulture);
    }
}
