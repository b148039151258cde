using System.Collections.Immutable;
using Inference.Domain.Tensors;

namespace Inference.Domain.Models;

/// <summary>What a tensor of a model or pipeline must look like. Immutable.</summary>
/// <param name="Name">Name under which it is fed or fetched.</param>
/// <param name="Type">Element type.</param>
/// <param name="Dimensions">Dimensions, outermost first; -1 means any size.</param>
public sealed record TensorSpec(string Name, TensorType Type, ImmutableArray<long> Dimensions)
{
    /// <summary>Stands for any size.</summary>
    public const long Any = -1;

    /// <summary>Names of the symbolic dimensions, one for each dimension, empty where it has none; may be empty altogether.</summary>
    public ImmutableArray<string> Symbols { get; init; } = [];

    /// <summary>Names of the classes that the last axis counts, as far as there are; empty for none.</summary>
    public ImmutableArray<string> Labels { get; init; } = [];

    /// <summary>True where the first dimension may have any size.</summary>
    public bool HasVariableFirstAxis => Dimensions.Length > 0 && Dimensions[0] == Any;

    /// <summary>True where a concrete shape has the rank and the fixed sizes of this spec.</summary>
    public bool Accepts(TensorShape shape)
    {
        if (shape.Rank != Dimensions.Length)
            return false;
        for (var i = 0; i < Dimensions.Length; i++)
        {
            if (Dimensions[i] != Any && Dimensions[i] != shape[i])
                return false;
        }

        return true;
    }

    /// <summary>True where everything that fits <paramref name="other"/> may also fit this: same type, same rank, no two fixed sizes that differ.</summary>
    public bool IsCompatibleWith(TensorSpec other)
    {
        if (Type != other.Type || Dimensions.Length != other.Dimensions.Length)
            return false;
        for (var i = 0; i < Dimensions.Length; i++)
        {
            if (Dimensions[i] != Any && other.Dimensions[i] != Any && Dimensions[i] != other.Dimensions[i])
                return false;
        }

        return true;
    }

    /// <summary>Type and dimensions, such as <c>FP32[-1,3]</c>.</summary>
    public string Describe() => $"{Type.ProtocolName()}{ErrorText.Shape(Dimensions.AsSpan())}";
}
