using Inference.Domain.Pipelines;

namespace Inference.Infra.Components.Regression;

/// <summary>Makes <c>regression.affine</c>: the model's number back in the unit of the target, with optional limits.</summary>
internal sealed class AffineFactory : IPostprocessorFactory
{
    public string Name => "regression.affine";

    public IPostprocessor Create(ComponentContext context)
    {
        var options = context.Options;
        var values = ModelTensor.Find(options, "values", context.Model.Outputs, "output", ModelTensor.Floats);
        var output = ModelTensor.External(options, "output", "value");
        var scale = options.Number("scale", 1);
        var offset = options.Number("offset", 0);
        var minimum = options.Has("minimum") ? options.Number("minimum", 0) : double.NegativeInfinity;
        var maximum = options.Has("maximum") ? options.Number("maximum", 0) : double.PositiveInfinity;
        if (minimum > maximum)
            options.Error("minimum", $"is {minimum:R}, which is above the maximum {maximum:R}.");
        options.Finish();
        return new Affine(values!, output, scale, offset, minimum, maximum);
    }
}
