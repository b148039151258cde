using System.Collections.Immutable;

namespace Inference.Domain.Tensors;

/// <summary>
/// Concrete dimensions of a tensor, outermost first. No dimensions is a scalar (one element); a zero makes an empty tensor.
/// Immutable and thread-safe. The element count is checked when the shape is made.
/// </summary>
public readonly struct TensorShape : IEquatable<TensorShape>
{
    /// <summary>Most dimensions a tensor may have; far above what any runtime takes, low enough to bound work.</summary>
    public const int MaxRank = 32;

    /// <summary>
    /// Most that the dimensions of an empty tensor may multiply to, zeros left out. A tensor with elements is bounded by its
    /// bytes; one without could claim any number of rows for nothing.
    /// </summary>
    public const long MaxEmptyProduct = int.MaxValue;

    private const int MostRecent = 8;

    // The tensors of a model mostly have the same few shapes: those that a thread has made last are handed out again, which
    // saves memory for each tensor.
    [ThreadStatic]
    private static TensorShape[]? _recent;

    private readonly ImmutableArray<long> _dimensions;
    private readonly long _elementCount;

    private TensorShape(ImmutableArray<long> dimensions, long elementCount)
    {
        _dimensions = dimensions;
        _elementCount = elementCount;
    }

    /// <summary>The shape without dimensions.</summary>
    public static TensorShape Scalar { get; } = new([], 1);

    /// <summary>Dimensions, outermost first.</summary>
    public ImmutableArray<long> Dimensions => _dimensions.IsDefault ? [] : _dimensions;

    /// <summary>Number of dimensions.</summary>
    public int Rank => Dimensions.Length;

    /// <summary>Product of the dimensions; 1 for a scalar.</summary>
    public long ElementCount => _dimensions.IsDefault ? 1 : _elementCount;

    /// <summary>The dimension at <paramref name="axis"/>.</summary>
    public long this[int axis] => Dimensions[axis];

    /// <summary>Makes a shape of dimensions that the program itself computed.</summary>
    /// <exception cref="InferenceException">InvalidArgument for a negative dimension, too many of them, overflow, or more than <see cref="MaxEmptyProduct"/> in an empty tensor.</exception>
    public static TensorShape Of(params ReadOnlySpan<long> dimensions) => Create(dimensions, string.Empty);

    /// <summary>Makes a shape of dimensions from outside.</summary>
    /// <param name="dimensions">Dimensions, outermost first.</param>
    /// <param name="tensorName">Named in errors.</param>
    /// <exception cref="InferenceException">InvalidArgument for a negative dimension, too many of them, overflow, or more than <see cref="MaxEmptyProduct"/> in an empty tensor.</exception>
    public static TensorShape Create(ReadOnlySpan<long> dimensions, string tensorName)
    {
        if (dimensions.IsEmpty)
            return Scalar;
        ref var recent = ref (_recent ??= new TensorShape[MostRecent])[(int)((ulong)((31 * dimensions[0]) + dimensions[^1]) % MostRecent)];
        if (recent.Dimensions.AsSpan().SequenceEqual(dimensions))
            return recent;
        var error = TryCreate(dimensions, out var shape);
        return error is null
            ? recent = shape
            : throw InferenceException.InvalidArgument($"tensor {ErrorText.Quote(tensorName)} has shape {ErrorText.Shape(dimensions)}: {error}");
    }

    /// <summary>True where both have the same dimensions.</summary>
    public static bool operator ==(TensorShape left, TensorShape right) => left.Equals(right);

    /// <summary>True where dimensions differ.</summary>
    public static bool operator !=(TensorShape left, TensorShape right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(TensorShape other) => Dimensions.AsSpan().SequenceEqual(other.Dimensions.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TensorShape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var dimension in Dimensions)
            hash.Add(dimension);
        return hash.ToHashCode();
    }

    /// <summary>The dimensions as <c>[2,3]</c>.</summary>
    public override string ToString() => ErrorText.Shape(Dimensions.AsSpan());

    private static string? TryCreate(ReadOnlySpan<long> dimensions, out TensorShape shape)
    {
        shape = Scalar;
        if (dimensions.Length > MaxRank)
            return $"at most {MaxRank} dimensions are accepted.";
        long count = 1;
        var hasZero = dimensions.Contains(0);
        foreach (var dimension in dimensions)
        {
            if (dimension < 0)
                return "a dimension is negative; requests carry concrete sizes, -1 is for metadata only.";

            // With a zero somewhere the count is zero, but the other dimensions are still multiplied, so that a shape is
            // refused for its parts whatever their order.
            var factor = hasZero ? Math.Max(dimension, 1) : dimension;
            if (Math.BigMul(count, factor, out count) != 0 || count < 0)
                return "the number of elements overflows 64 bits.";
        }

        if (hasZero && count > MaxEmptyProduct)
            return $"it has no elements, but its other dimensions multiply to more than {MaxEmptyProduct}; send the sizes that it really has.";

        shape = new TensorShape(ImmutableArray.Create(dimensions), hasZero ? 0 : count);
        return null;
    }
}
