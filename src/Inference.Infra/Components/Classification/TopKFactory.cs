using System.Text;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Components.Classification;

/// <summary>Makes <c>classification.top_k</c>: the best classes of each row with label, score and index.</summary>
internal sealed class TopKFactory : IPostprocessorFactory
{
    private const long MaxK = 100_000;

    public string Name => "classification.top_k";

    public IPostprocessor Create(ComponentContext context)
    {
        var options = context.Options;
        var scores = ModelTensor.Find(options, "scores", context.Model.Outputs, "output", ModelTensor.Floats, 2);
        var softmax = options.Flag("softmax", false);
        var k = options.Integer("k", 1, 1, MaxK);
        var labels = Labels(options, context.Folder);
        if (scores is not null)
            CheckCounts(options, scores, labels, k);
        options.Finish();
        return new TopK(scores!, softmax, (int)k, labels?.Select(Encoding.UTF8.GetBytes).ToArray());
    }

    private static IReadOnlyList<string>? Labels(OptionReader options, ArtefactFolder folder)
    {
        if (options.Find("labels") is not { } node)
            return null;
        var labels = node.Kind == OptionKind.List
            ? options.Words("labels")
            : Utf8Text.Lines(options, "labels", options.Text("labels", string.Empty), folder);
        if (labels is null)
            return null;
        var empty = labels.ToList().IndexOf(string.Empty);
        if (labels.Count == 0)
            options.Error("labels", "has no label; give one for each class.");
        else if (empty >= 0)
            options.Error("labels", $"has an empty label for class {empty} (from 0); give each class its label.");
        return labels;
    }

    private static void CheckCounts(OptionReader options, TensorSpec scores, IReadOnlyList<string>? labels, long k)
    {
        var classes = scores.Dimensions[1];
        if (labels is not null && classes != TensorSpec.Any && labels.Count != classes)
            options.Error("labels", $"has {labels.Count} labels, but the model output '{scores.Name}' is {scores.Describe()} with {classes} classes; give one for each class.");
        var known = classes != TensorSpec.Any ? classes : labels?.Count ?? long.MaxValue;
        if (k > known)
            options.Error("k", $"is {k}, but there are {known} classes; expected a number from 1 to {known}.");
    }
}
