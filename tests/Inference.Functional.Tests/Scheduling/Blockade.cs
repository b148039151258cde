using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>
/// Requests without end, to copies of the model <c>slow</c> with one lane each. A device with one thread has another in
/// reserve, so that two of them keep everything else in the queues until they are lifted. Each copy is used once: a model
/// that had much time of the device is not let in beside others.
/// </summary>
internal sealed class Blockade : IAsyncDisposable
{
    private const long WithoutEnd = 100_000_000;
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _calls = [];

    private Blockade()
    {
    }

    /// <summary>The request of one row that takes a number of iterations.</summary>
    public static ModelInferRequest Slow(string model, long iterations) =>
        Requests.For(model, "1").Floats("x", [1, 256], new float[256]).Raw("iterations", "INT64", [1], BitConverter.GetBytes(iterations));

    /// <summary>Has so many models run without end, and returns when all of them do.</summary>
    /// <param name="server">Whose models they are.</param>
    /// <param name="fresh">Models that nobody has used; no more are taken than asked for.</param>
    /// <param name="count">Runs to begin.</param>
    public static async Task<Blockade> StartAsync(RunningServer server, IEnumerable<string> fresh, int count)
    {
        var blockade = new Blockade();
        var models = fresh.Take(count).ToList();
        Assert.That(models, Has.Count.EqualTo(count), "models left to block a device with");
        try
        {
            foreach (var model in models)
            {
                blockade._calls.Add(server.Client.ModelInferAsync(Slow(model, WithoutEnd), cancellationToken: blockade._end.Token).ResponseAsync);
                await Scrape.RunningAsync(server, model, 1);
            }

            return blockade;
        }
        catch
        {
            // Else every test after this one would find the device taken.
            await blockade.DisposeAsync();
            throw;
        }
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
}
