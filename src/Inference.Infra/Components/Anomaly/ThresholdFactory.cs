using Inference.Domain.Models;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Components.Anomaly;

/// <summary>Makes <c>anomaly.threshold</c>: the score of each row and whether it is beyond a threshold.</summary>
internal sealed class ThresholdFactory : IPostprocessorFactory
{
    public string Name => "anomaly.threshold";

    public IPostprocessor Create(ComponentContext context)
    {
        var options = context.Options;
        var scores = ModelTensor.Find(options, "scores", context.Model.Outputs, "output", ModelTensor.Floats, 1, 2);
        if (scores?.Dimensions.Length == 2 && scores.Dimensions[1] is not (1 or TensorSpec.Any))
            options.Error("scores", $"names the model output '{scores.Name}', which is {scores.Describe()}; expected one score a row, as [-1] or [-1,1].");
        if (!options.Has("threshold"))
            options.Error("threshold", "is missing; give the score beyond which a row is an anomaly.");
        var threshold = options.Number("threshold", 0);
        var above = options.Choice("direction", true, ("above", true), ("below", false));
        options.Finish();
        return new Threshold(scores!, threshold, above);
    }
}
