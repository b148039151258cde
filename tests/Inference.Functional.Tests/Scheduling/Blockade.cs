using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>
/// Requests without end, to copies of the model <c>slow</c> with one lane each. A device with one thread has another in
/// reserve, so that two of them keep everything else in the queues until they are lifted. Each copy is used once: a model
/// that had much time of the device is not let in beside others.
/// </summary>
internal sealed class Blockade : IAsyncDisposable
{
    private const long WithoutEnd = 100_000_000;
    private const long ProbeMicroseconds = 200_000;
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _calls = [];

    private Blockade()
    {
    }

    /// <summary>The request of one row that takes a number of iterations.</summary>
    public static ModelInferRequest Slow(string model, long iterations) =>
        Requests.For(model, "1").Floats("x", [1, 256], new float[256]).Raw("iterations", "INT64", [1], BitConverter.GetBytes(iterations));

    /// <summary>Takes the lanes of so many models, and returns when they are taken.</summary>
    /// <param name="server">Whose models they are.</param>
    /// <param name="fresh">Models that nobody has used; more than needed.</param>
    /// <param name="count">Lanes to take.</param>
    public static async Task<Blockade> StartAsync(RunningServer server, IEnumerable<string> fresh, int count)
    {
        var blockade = new Blockade();
        foreach (var model in fresh)
        {
            // A model that had to wait for the device holds no lane of it: only when a further one gets none are all taken.
            if (count <= 0 && !await IsAnsweredAsync(server, model))
                return blockade;
            blockade._calls.Add(server.Client.ModelInferAsync(Slow(model, WithoutEnd), cancellationToken: blockade._end.Token).ResponseAsync);
            if (!await IsAnsweredAsync(server, model))
                count--;
        }

        await blockade.DisposeAsync();
        throw new InvalidOperationException("There are too few models to block a device with.");
    }

    /// <summary>Lets everything that waits run.</summary>
    public async Task LiftAsync()
    {
        await _end.CancelAsync();
        foreach (var call in _calls)
            await call.ContinueWith(c => c.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        await LiftAsync();
        _end.Dispose();
    }

    // A request that waits for so long for the lane of an idle model waits for the one that has no end.
    private static async Task<bool> IsAnsweredAsync(RunningServer server, string model)
    {
        var probe = Slow(model, 0);
        probe.Parameters.Add("timeout", new InferParameter { Int64Param = ProbeMicroseconds });
        try
        {
            await server.Client.ModelInferAsync(probe);
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded)
        {
            return false;
        }
    }
}
