using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>A model with a symbolic first axis whose rows depend on each other: a softmax over that axis.</summary>
internal sealed class RowDependenceTests : OneWorkerFixture
{
    private const string Model = "softmax_over_rows";

    public RowDependenceTests() => Models
        .Copy(RepositoryPaths.TestModels, Model)
        .Copy(RepositoryPaths.TestModels, Model, "insisted")
        .Write("insisted/1/pipeline.yaml", "batching: on");

    [Test]
    public async Task Load_RowsDependOnEachOther_IsToldInLogAndConfig()
    {
        var config = await ConfigAsync(Model);

        Assert.Multiple(() =>
        {
            Assert.That((config.MaxBatchSize, config.SchedulingChoiceCase), Is.EqualTo((0, ModelConfig.SchedulingChoiceOneofCase.None)));
            Assert.That(config.Input.Single().Dims, Is.EqualTo(new long[] { -1, 3 }));
            Assert.That(Warnings(Model), Has.Exactly(1).Contains("output \"y\" of a row depends on the other rows of its run, so its requests do not share runs").Or.Contains("output 'y' of a row depends on the other rows of its run, so its requests do not share runs"));
        });
    }

    [Test]
    public async Task Load_RowsDependButManifestAsksForBatches_BatchesAndWarns()
    {
        var config = await ConfigAsync("insisted");

        Assert.Multiple(() =>
        {
            Assert.That((config.MaxBatchSize, config.SchedulingChoiceCase), Is.EqualTo((64, ModelConfig.SchedulingChoiceOneofCase.DynamicBatching)));
            Assert.That(Warnings("insisted"), Has.Exactly(1).Contains("though its configuration asks for batches"));
        });
    }

    [Test]
    public async Task ModelInfer_RowsDependOnEachOther_NeverShareARun()
    {
        var answers = await Task.WhenAll(await TogetherAsync([.. Rows(Model)]));

        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(BatchRows), Is.All.EqualTo(2));
            Assert.That(answers.SelectMany(SumsOfColumns), Is.All.EqualTo(1f).Within(1e-5f));
        });
    }

    [Test]
    public async Task ModelInfer_ManifestAsksForBatches_SharesTheRun()
    {
        var answers = await Task.WhenAll(await TogetherAsync([.. Rows("insisted")]));

        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(BatchRows), Is.All.EqualTo(10));
            Assert.That(answers.SelectMany(SumsOfColumns), Is.All.LessThan(0.9f));
        });
    }

    private static IEnumerable<ModelInferRequest> Rows(string model) =>
        Enumerable.Range(0, 5).Select(i => WithTimings(Requests.For(model, "1").Floats("x", [2, 3], Values(i, 6))));

    private static IEnumerable<float> SumsOfColumns(ModelInferResponse answer)
    {
        var y = answer.Floats("y");
        return Enumerable.Range(0, 3).Select(column => y[column] + y[column + 3]);
    }

    private IEnumerable<string> Warnings(string model) =>
        Server.Log.All.Where(e => e.Level == LogLevel.Warning && e.Text.Contains(model, StringComparison.Ordinal)).Select(e => e.Text);
}
