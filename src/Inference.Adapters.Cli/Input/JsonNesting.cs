using System.Text.Json;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Input;

/// <summary>The elements of nested JSON lists, row by row, and the shape that the nesting has.</summary>
/// <param name="Elements">The elements.</param>
/// <param name="Dimensions">Length of the lists at each level, outermost first; none for a single value.</param>
internal sealed record JsonNesting(IReadOnlyList<JsonElement> Elements, IReadOnlyList<long> Dimensions)
{
    /// <summary>Reads a value.</summary>
    /// <exception cref="UsageException">Lists of one level differ in length or depth, or hold objects.</exception>
    public static JsonNesting Read(string input, JsonElement value)
    {
        var dimensions = new List<long>();
        for (var first = value; first.ValueKind == JsonValueKind.Array; first = first[0])
        {
            dimensions.Add(first.GetArrayLength());
            if (dimensions[^1] == 0)
                break;
        }

        if (dimensions.Count > TensorShape.MaxRank)
            throw new UsageException($"input {ErrorText.Quote(input)} has {dimensions.Count} levels of lists; at most {TensorShape.MaxRank} are possible.");
        var elements = new List<JsonElement>();
        Collect(input, value, dimensions, 0, elements);
        return new JsonNesting(elements, dimensions);
    }

    private static void Collect(string input, JsonElement value, List<long> dimensions, int level, List<JsonElement> elements)
    {
        var isList = value.ValueKind == JsonValueKind.Array;
        if (isList != level < dimensions.Count || (isList && value.GetArrayLength() != dimensions[level]))
        {
            var found = isList ? $"a list of {value.GetArrayLength()}" : "a single value";
            var expected = level < dimensions.Count ? $"a list of {dimensions[level]}" : "a single value";
            throw new UsageException($"input {ErrorText.Quote(input)} is ragged: at depth {level} it has {found}, where its first part has {expected}.");
        }

        if (!isList)
        {
            elements.Add(value);
            return;
        }

        foreach (var item in value.EnumerateArray())
            Collect(input, item, dimensions, level + 1, elements);
    }
}
