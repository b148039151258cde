using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components;

/// <summary>Finds the model's tensor that an option names and checks that a component can work with it.</summary>
internal static class ModelTensor
{
    /// <summary>Element types that components read and write numbers in.</summary>
    public static IReadOnlyList<TensorType> Floats { get; } = [TensorType.Float32, TensorType.Float64, TensorType.Float16];

    /// <summary>
    /// The tensor that option <paramref name="key"/> names, or the only one there is; null, with the mistake noted, where
    /// there is none or it does not fit.
    /// </summary>
    /// <param name="options">The component's options.</param>
    /// <param name="key">The option that names the tensor.</param>
    /// <param name="specs">The model's inputs or outputs.</param>
    /// <param name="kind"><c>input</c> or <c>output</c>.</param>
    /// <param name="types">Element types that fit.</param>
    /// <param name="ranks">Numbers of dimensions that fit; empty for any.</param>
    public static TensorSpec? Find(
        OptionReader options, string key, IReadOnlyList<TensorSpec> specs, string kind, IReadOnlyList<TensorType> types, params ReadOnlySpan<int> ranks)
    {
        if (options.Has(key) || specs.Count == 1)
            return Find(options, key, specs.Count == 1 ? specs[0].Name : string.Empty, specs, kind, types, ranks);
        options.Error(key, $"is missing; the model has {specs.Count} {kind}s, so name one of {Names(specs)}.");
        return null;
    }

    /// <summary>The same, with a name of its own for where the option is absent.</summary>
    public static TensorSpec? Find(
        OptionReader options, string key, string fallback, IReadOnlyList<TensorSpec> specs, string kind, IReadOnlyList<TensorType> types, params ReadOnlySpan<int> ranks)
    {
        var name = options.Text(key, fallback);
        if (specs.FirstOrDefault(s => s.Name == name) is not { } spec)
        {
            options.Error(key, $"names the model {kind} {ErrorText.Quote(name)}, which there is not; the model has {Names(specs)}.{NearestName.Hint(name, specs.Select(s => s.Name))}");
            return null;
        }

        if (!types.Contains(spec.Type))
            options.Error(key, $"names the model {kind} {ErrorText.Quote(name)}, which is {spec.Describe()}; expected an element type of {string.Join(", ", types.Select(t => t.ProtocolName()))}.");
        else if (!ranks.IsEmpty && !ranks.Contains(spec.Dimensions.Length))
            options.Error(key, $"names the model {kind} {ErrorText.Quote(name)}, which is {spec.Describe()}; expected {string.Join(" or ", ranks.ToArray())} dimensions.");
        else
            return spec;
        return null;
    }

    /// <summary>The name of an external tensor; a mistake is noted where it is empty.</summary>
    public static string External(OptionReader options, string key, string fallback)
    {
        var name = options.Text(key, fallback);
        if (name.Length == 0)
            options.Error(key, "is empty; give the tensor a name.");
        return name;
    }

    private static string Names(IReadOnlyList<TensorSpec> specs) => ErrorText.Join(specs.Select(s => $"{ErrorText.Quote(s.Name)} {s.Describe()}"));
}
