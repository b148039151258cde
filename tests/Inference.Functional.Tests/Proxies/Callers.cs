using System.Collections.Concurrent;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Proxies;

/// <summary>Callers that ask again as soon as they are answered, check each answer and note each failure.</summary>
internal sealed class Callers : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Failure> _failures = new();
    private readonly int[] _answers;
    private readonly List<Task> _loops;

    public Callers(IReadOnlyList<GRPCInferenceService.GRPCInferenceServiceClient> clients)
    {
        _answers = new int[clients.Count];
        _loops = [.. clients.Select((client, caller) => Task.Run(() => CallAsync(client, caller)))];
    }

    /// <summary>A call that was not answered, and the timestamp at which it began.</summary>
    internal sealed record Failure(int Caller, long Begun, StatusCode Status, string Detail);

    public IReadOnlyCollection<Failure> Failures => _failures;

    /// <summary>Waits until every caller got so many more answers.</summary>
    public Task AnsweredAsync(int more)
    {
        var goals = _answers.Select(a => a + more).ToArray();
        return Scrape.UntilAsync(() => Task.FromResult(goals.Zip(_answers).All(g => g.Second >= g.First)), $"{more} more answers to each caller");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        _stop.Dispose();
    }

    private async Task CallAsync(GRPCInferenceService.GRPCInferenceServiceClient client, int caller)
    {
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var begun = TimeProvider.System.GetTimestamp();
            try
            {
                var answer = await client.ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [1, 2], caller, i));
                Assert.That(answer.Floats("y"), Is.EqualTo(new float[] { caller, i }));
                Volatile.Write(ref _answers[caller], _answers[caller] + 1);
            }
            catch (RpcException e)
            {
                _failures.Enqueue(new Failure(caller, begun, e.StatusCode, e.Status.Detail));
            }
        }
    }
}
