using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Anomaly;
using static Inference.Infra.Tests.Components.ComponentHost;

namespace Inference.Infra.Tests.Components.Anomaly;

internal sealed class ThresholdTests
{
    [TestCase("threshold: 3.2", ExpectedResult = "0 0 1")]
    [TestCase("{ threshold: 3.2, direction: above }", ExpectedResult = "0 0 1")]
    [TestCase("{ threshold: 3.2, direction: below }", ExpectedResult = "1 0 0")]
    public string Process_ScoresAroundTheThreshold_AreFlaggedBeyondItOnly(string yaml)
    {
        using var outputs = Create(yaml).Process(new TensorSet().With("s", 3.1f, 3.2f, 3.3f));
        Assert.That(outputs.Floats("score"), Is.EqualTo(new[] { 3.1f, 3.2f, 3.3f }));
        return string.Join(' ', outputs.Get("is_anomaly").Data.ToArray());
    }

    [Test]
    public void Process_ScoresInAColumn_GivesOneARow()
    {
        var component = Postprocessor(new ThresholdFactory(), Spec("s", TensorType.Float64, -1, 1), "threshold: 1");
        using var outputs = component.Process(new TensorSet().Add("s", Tensor.From<double>(TensorType.Float64, TensorShape.Of(2, 1), [1, 2])));
        Assert.That(outputs.Select(o => $"{o.Name} {o.Tensor}"), Is.EqualTo(new[] { "score FP32[2]", "is_anomaly BOOL[2]" }));
        Assert.That(component.Outputs.Select(o => o.Describe()), Is.EqualTo(new[] { "FP32[-1]", "BOOL[-1]" }));
    }

    [Test]
    public void Process_NaN_FailsByRowRatherThanPassAsNormal() =>
        Assert.That(Refusal(ErrorCode.ExecutionFailed, () => Create("threshold: 1").Process(new TensorSet().With("s", 0, float.NaN))), Does.Contain("NaN in 's' row 1 (from 0)"));

    [Test]
    public void Process_SeveralScoresARow_Fails()
    {
        var component = Postprocessor(new ThresholdFactory(), Spec("s", TensorType.Float32, -1, -1), "threshold: 1");
        var scores = Tensor.From<float>(TensorType.Float32, TensorShape.Of(1, 2), [1, 2]);
        Assert.That(Refusal(ErrorCode.ExecutionFailed, () => component.Process(new TensorSet().Add("s", scores))), Does.Contain("of shape [1,2]; expected one score a row"));
    }

    [TestCase("{}", "'threshold' is missing")]
    [TestCase("threshold: high", "expected a number")]
    [TestCase("{ threshold: 1, direction: up }", "expected above, below")]
    public void Create_WrongOption_TellsWhatIsWrong(string yaml, string expected) => Assert.That(Mistakes(() => Create(yaml)).Single(), Does.Contain(expected));

    [Test]
    public void Create_ModelOfSeveralScoresARow_IsRefused() =>
        Assert.That(Mistakes(() => Postprocessor(new ThresholdFactory(), Spec("s", TensorType.Float32, -1, 2), "threshold: 1")).Single(), Does.Contain("expected one score a row"));

    private static IPostprocessor Create(string yaml) => Postprocessor(new ThresholdFactory(), Spec("s", TensorType.Float32, -1), yaml);
}
