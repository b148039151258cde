using System.Runtime.InteropServices;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Serving;

/// <summary>Every sample model on rows that its trainer held out: the trainer's answers, and the trainer's quality.</summary>
internal sealed class SampleModelTests : ServerFixture
{
    private const double Tolerance = 1e-4;

    protected override string Repository => RepositoryPaths.SampleModels;

    [TestCaseSource(typeof(HeldOutFile), nameof(HeldOutFile.Names))]
    public async Task ModelInfer_HeldOutRows_GivesTheTrainersAnswers(string name)
    {
        using var file = HeldOutFile.Open(name);

        var response = await Server.Client.ModelInferAsync(file.Request());

        Assert.Multiple(() =>
        {
            foreach (var expected in file.Outputs)
            {
                var output = expected.GetProperty("name").GetString()!;
                var data = expected.GetProperty("data").EnumerateArray().ToList();
                switch (expected.GetProperty("datatype").GetString())
                {
                    case "FP32":
                        Assert.That(response.Floats(output).Select(v => (double)v), Is.EqualTo(data.Select(v => v.GetDouble())).Using<double>(Close), output);
                        break;
                    case "BYTES":
                        Assert.That(response.Strings(output), Is.EqualTo(data.Select(v => v.GetString())), output);
                        break;
                    case "INT64":
                        Assert.That(MemoryMarshal.Cast<byte, long>(response.Bytes(output).Span).ToArray(), Is.EqualTo(data.Select(v => v.GetInt64())), output);
                        break;
                    case "BOOL":
                        Assert.That(response.Bytes(output).ToArray().Select(b => b == 1), Is.EqualTo(data.Select(v => v.GetBoolean())), output);
                        break;
                    default:
                        Assert.Fail($"no comparison for {expected.GetProperty("datatype")}");
                        break;
                }
            }
        });
    }

    [TestCaseSource(typeof(HeldOutFile), nameof(HeldOutFile.Names))]
    public async Task ModelInfer_HeldOutRows_HasTheTrainersQuality(string name)
    {
        using var file = HeldOutFile.Open(name);

        var response = await Server.Client.ModelInferAsync(file.Request());

        Assert.That(Quality(file, response), Is.EqualTo(file.TrainerMetric).Within(1e-6));
    }

    [Test]
    public async Task ModelInfer_TwoVersionsSideBySide_AnswerDifferently()
    {
        using var first = HeldOutFile.Open("digits-1");
        using var second = HeldOutFile.Open("digits-2");

        var answers = await Task.WhenAll(
            Server.Client.ModelInferAsync(first.Request()).ResponseAsync,
            Server.Client.ModelInferAsync(second.Request()).ResponseAsync);

        Assert.Multiple(() =>
        {
            Assert.That(answers.Select(a => a.ModelVersion), Is.EqualTo(new[] { "1", "2" }));
            Assert.That(answers[0].Floats("score"), Is.Not.EqualTo(answers[1].Floats("score")));
        });
    }

    [TestCase("stable", "1")]
    [TestCase("canary", "2")]
    public async Task ModelInfer_LabelForVersion_AnswersWithTheVersionBehindIt(string label, string version)
    {
        using var file = HeldOutFile.Open("digits-1");
        var request = file.Request();
        request.ModelVersion = label;

        Assert.That((await Server.Client.ModelInferAsync(request)).ModelVersion, Is.EqualTo(version));
    }

    [Test]
    public async Task ModelInfer_NoVersionWithConfiguredRoute_AnswersWithTheLatest()
    {
        using var file = HeldOutFile.Open("iris-petal-width-1");
        var request = file.Request();
        request.ModelVersion = string.Empty;

        Assert.That((await Server.Client.ModelInferAsync(request)).ModelVersion, Is.EqualTo("1"));
    }

    [Test]
    public async Task ModelMetadata_Pipeline_ShowsWhatAClientSees()
    {
        var metadata = await Server.Client.ModelMetadataAsync(new ModelMetadataRequest { Name = "digits", Version = "2" });

        Assert.Multiple(() =>
        {
            Assert.That(metadata.Versions, Is.EqualTo(new[] { "1", "2" }));
            Assert.That(metadata.Inputs.Select(i => $"{i.Name} {i.Datatype} {string.Join(',', i.Shape)}"), Is.EqualTo(new[] { "image FP32 -1,8,8" }));
            Assert.That(metadata.Outputs.Select(o => $"{o.Name} {o.Datatype} {string.Join(',', o.Shape)}"), Is.EqualTo(new[] { "label BYTES -1,3", "score FP32 -1,3", "index INT64 -1,3" }));
        });
    }

    // A value as large as an anomaly score is compared by its relative error, a probability by its absolute one.
    private static bool Close(double a, double b) => Math.Abs(a - b) <= Tolerance * Math.Max(1, Math.Abs(b));

    private static double Quality(HeldOutFile file, ModelInferResponse response)
    {
        if (file.Metric == "mean_absolute_error")
            return response.Floats("petal_width").Zip(file.Truth, (got, truth) => Math.Abs(got - truth.GetDouble())).Average();
        if (response.Outputs.Any(o => o.Name == "is_anomaly"))
            return response.Bytes("is_anomaly").ToArray().Zip(file.Truth, (got, truth) => got == 1 == truth.GetBoolean() ? 1.0 : 0).Average();
        var best = response.Strings("label").Chunk(3).Select(l => l[0]);
        return best.Zip(file.Truth, (got, truth) => got == truth.GetString() ? 1.0 : 0).Average();
    }
}
