using Grpc.Core;
using Inference.Adapters.Protocol;
using NUnit.Framework;

namespace Inference.Functional.Tests.SharedMemory;

/// <summary>Regions that go while requests use them.</summary>
internal sealed class UnregisterTests : SharedMemoryFixture
{
    private const int Rows = 8;
    private const int Columns = 100_000;
    private const long TensorBytes = Rows * Columns * sizeof(float);
    private const int Clients = 4;
    private const int RequestsOfAClient = 60;

    [Test]
    public async Task Unregister_WhileRequestsUseTheRegion_TheyAreAnsweredOrNotFound()
    {
        using var shm = new ShmObject((Clients + 1) * TensorBytes);
        float[] values = [.. Enumerable.Range(0, Rows * Columns)];
        shm.Write(0, values);
        var registration = shm.Registration("r", (Clients + 1) * TensorBytes);
        await Server.Client.SystemSharedMemoryRegisterAsync(registration);
        using var stop = new CancellationTokenSource();
        var churn = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Server.Client.SystemSharedMemoryUnregisterAsync(new SystemSharedMemoryUnregisterRequest { Name = "r" }, cancellationToken: CancellationToken.None);
                await Server.Client.SystemSharedMemoryRegisterAsync(registration, cancellationToken: CancellationToken.None);
            }
        });
        var answered = await Task.WhenAll(Enumerable.Range(1, Clients).Select(client => Task.Run(() => LoadAsync(shm, client * TensorBytes, values))));
        await stop.CancelAsync();
        await churn;
        Assert.That(answered.Sum(), Is.Positive);
    }

    private async Task<int> LoadAsync(ShmObject shm, long place, float[] values)
    {
        var answered = 0;
        for (var i = 0; i < RequestsOfAClient; i++)
        {
            shm.Write(place, new byte[TensorBytes]);
            try
            {
                await Server.Client.ModelInferAsync(Floats("identity_fp32", [Rows, Columns], ("r", 0), ("r", place)));
                Assert.That(shm.Read<float>(place, values.Length).AsSpan().SequenceEqual(values));
                answered++;
            }
            catch (RpcException e)
            {
                Assert.That(e.StatusCode, Is.EqualTo(StatusCode.NotFound), e.Status.Detail);
            }
        }

        return answered;
    }
}
