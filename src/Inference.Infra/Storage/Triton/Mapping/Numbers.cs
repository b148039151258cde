using System.Collections.Immutable;
using System.Globalization;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary>Reads numbers that have passed their schema.</summary>
internal static class Numbers
{
    // Some thirty years, which nobody waits for.
    private const long MostMicroseconds = 1_000_000_000_000_000;

    /// <summary>Whole numbers of a list; empty where the field is absent.</summary>
    public static ImmutableArray<long> Integers(this OptionReader section, string key) =>
        section.Find(key) is { } node ? [.. node.Items.Select(i => long.Parse(i.Text, CultureInfo.InvariantCulture))] : [];

    /// <summary>Sizes of axes, -1 for any; mistakes are reported.</summary>
    public static ImmutableArray<long> Sizes(this OptionReader section, string key)
    {
        var sizes = section.Integers(key);
        if (sizes.Any(s => s is < 1 and not TensorSpec.Any))
            section.Error(key, $"is {ErrorText.Shape(sizes.AsSpan())}; expected sizes of at least 1, or -1 for any.");
        else if (sizes.Length >= TensorShape.MaxRank)
            section.Error(key, $"has {sizes.Length} sizes; expected less than {TensorShape.MaxRank}.");
        else
            return sizes;
        return [];
    }

    /// <summary>A time in microseconds.</summary>
    public static TimeSpan Microseconds(this OptionReader section, string key) =>
        TimeSpan.FromTicks(Math.Min(section.Integer(key, 0, 0), MostMicroseconds) * TimeSpan.TicksPerMicrosecond);

    /// <summary>A list for what holds.</summary>
    public static OptionNode List(IEnumerable<long> numbers, SourceLocation at) =>
        OptionNode.List([.. numbers.Select(n => Scalar(n, at))], at);

    /// <summary>A number for what holds.</summary>
    public static OptionNode Scalar(long number, SourceLocation at) => OptionNode.Scalar(number.ToString(CultureInfo.InvariantCulture), at);
}
