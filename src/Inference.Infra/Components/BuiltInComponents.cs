using Inference.Domain.Pipelines;
using Inference.Infra.Components.Anomaly;
using Inference.Infra.Components.Classification;
using Inference.Infra.Components.Image;
using Inference.Infra.Components.Regression;
using Inference.Infra.Components.Rows;
using Inference.Infra.Components.Shapes;
using Inference.Infra.Components.Tabular;
using Inference.Infra.Components.Text;

namespace Inference.Infra.Components;

/// <summary>The preprocessors and postprocessors that come with the server, for a <see cref="ComponentCatalogue"/>.</summary>
public static class BuiltInComponents
{
    /// <summary>External input to model input.</summary>
    public static IReadOnlyList<IPreprocessorFactory> Preprocessors { get; } =
        [new TabularColumnsFactory(), new ImageGridFactory(), new TextWordPieceFactory(), new RowsEachFactory(), new ReshapeInputsFactory()];

    /// <summary>Model output to response.</summary>
    public static IReadOnlyList<IPostprocessorFactory> Postprocessors { get; } =
        [new TopKFactory(), new AffineFactory(), new ThresholdFactory(), new ReshapeOutputsFactory()];
}
