using System.Collections.Immutable;
using System.Globalization;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Shapes;

/// <summary>Reads the shapes that a client sees: <c>{ NAME: [-1, 4] }</c>.</summary>
internal static class ShapeOptions
{
    /// <summary>The model's tensors as a client sees them, in the model's order.</summary>
    /// <param name="options">The component's options.</param>
    /// <param name="key">The option with the shapes.</param>
    /// <param name="specs">The model's tensors.</param>
    /// <exception cref="ManifestException">Every mistake.</exception>
    public static ImmutableArray<TensorSpec> Read(OptionReader options, string key, ImmutableArray<TensorSpec> specs)
    {
        var section = options.Section(key);
        ImmutableArray<TensorSpec> external = [.. specs.Select(spec => Read(section, spec))];
        options.Finish();
        return external;
    }

    private static TensorSpec Read(OptionReader section, TensorSpec spec)
    {
        if (section.Words(spec.Name) is not { } words)
            return spec;
        var shape = ImmutableArray.CreateBuilder<long>(words.Count);
        foreach (var word in words)
        {
            if (long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var size) && size is >= 1 or TensorSpec.Any)
                shape.Add(size);
            else
                section.Error(spec.Name, $"has {ErrorText.Quote(word)}; expected sizes of at least 1, or -1 for any.");
        }

        if (shape.Count < words.Count)
            return spec;
        if (shape.Count > TensorShape.MaxRank)
            section.Error(spec.Name, $"has {shape.Count} dimensions; expected at most {TensorShape.MaxRank}.");
        else if (ShapeRule.Misfit(shape.ToArray(), spec.Dimensions.AsSpan()) is { } misfit)
            section.Error(spec.Name, $"is {ErrorText.Shape(shape.ToArray())}, but the model has {spec.Describe()}: {misfit}.");
        return spec with { Dimensions = shape.ToImmutable(), Symbols = [] };
    }
}
