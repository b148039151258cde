using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>
/// A server whose device has one thread and whose models have one lane, so that tests know what waits: while
/// two requests without end run nothing else does.
/// </summary>
internal abstract class OneWorkerFixture : ServerFixture, IDisposable
{
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private const int Lanes = 2;
    private readonly Queue<string> _fresh = new(Enumerable.Range(0, 48).Select(i => $"block-{i}"));

    protected OneWorkerFixture()
    {
        foreach (var model in _fresh)
            Models.Copy(RepositoryPaths.TestModels, "slow", model);
    }

    protected TemporaryRepository Models { get; } = new();

    protected override string Repository => Models.Path;

    protected override (string Key, string Value)[] Settings =>
        [("Execution:InlineBelowMicroseconds", "0"), ("Execution:WorkerThreads", "1"), ("Execution:Lanes", "1")];

    public void Dispose() => Models.Dispose();

    protected static ModelInferRequest WithTimings(ModelInferRequest request)
    {
        request.Parameters.Add("timings", new InferParameter { BoolParam = true });
        return request;
    }

    /// <summary>Different floats for each seed.</summary>
    protected static float[] Values(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    protected static long BatchRows(ModelInferResponse response) => response.Parameters["batch_rows"].Int64Param;

    protected Task<Blockade> BlockAsync() => Blockade.StartAsync(Server, Fresh(), Lanes);

    protected Task<ModelInferResponse> InferAsync(ModelInferRequest request) => Server.Client.ModelInferAsync(request).ResponseAsync.WaitAsync(Limit);

    /// <summary>Answers to requests that came one after the other, so that each ran by itself.</summary>
    protected async Task<List<ModelInferResponse>> AloneAsync(IEnumerable<ModelInferRequest> requests)
    {
        var answers = new List<ModelInferResponse>();
        foreach (var request in requests)
            answers.Add(await InferAsync(request));
        return answers;
    }

    /// <summary>Sends requests to a model while nothing runs, and lets it go when all of them wait.</summary>
    protected async Task<List<Task<ModelInferResponse>>> TogetherAsync(IReadOnlyCollection<ModelInferRequest> requests)
    {
        await using var blockade = await BlockAsync();
        var calls = requests.Select(InferAsync).ToList();
        await Scrape.QueuedAsync(Server, requests.First().ModelName, requests.Count);
        return calls;
    }

    protected async Task<ModelStatistics> StatisticsAsync(string model) =>
        (await Server.Client.ModelStatisticsAsync(new ModelStatisticsRequest { Name = model, Version = "1" })).ModelStats.Single();

    protected async Task<ModelConfig> ConfigAsync(string model) =>
        (await Server.Client.ModelConfigAsync(new ModelConfigRequest { Name = model, Version = "1" })).Config;

    private IEnumerable<string> Fresh()
    {
        while (_fresh.TryDequeue(out var model))
            yield return model;
    }
}
