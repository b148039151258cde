using Inference.Domain.Tensors;

namespace Inference.Infra.Queue.Waiting;

/// <summary>
/// What must be equal for requests to share a run: the sizes of all axes but the first, save those that are filled up.
/// Datatypes and ranks are those of the model. Immutable.
/// </summary>
internal readonly struct Signature : IEquatable<Signature>
{
    private readonly long[] _sizes;
    private readonly int _hash;

    private Signature(long[] sizes)
    {
        _sizes = sizes;
        var hash = new HashCode();
        foreach (var size in sizes)
            hash.Add(size);
        _hash = hash.ToHashCode();
    }

    /// <summary>The signature of models that have no other symbolic axes than the first.</summary>
    public static Signature Only { get; } = new([]);

    /// <summary>The signature of a request.</summary>
    /// <param name="inputs">Its tensors.</param>
    /// <param name="axes">Which axes count.</param>
    public static Signature Of(TensorSet inputs, IReadOnlyList<VariableAxis> axes)
    {
        if (axes.Count == 0)
            return Only;
        var sizes = new long[axes.Count];
        for (var i = 0; i < sizes.Length; i++)
            sizes[i] = inputs.Get(axes[i].Input).Shape[axes[i].Axis];
        return new Signature(sizes);
    }

    /// <inheritdoc/>
    public bool Equals(Signature other) => _sizes.AsSpan().SequenceEqual(other._sizes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Signature other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;
}

/// <summary>An axis whose size a client chooses.</summary>
/// <param name="Input">Name of the input.</param>
/// <param name="Axis">Which of its axes.</param>
internal readonly record struct VariableAxis(string Input, int Axis);
