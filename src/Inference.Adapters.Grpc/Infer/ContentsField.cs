using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>The fields of typed contents, in the order of the protocol.</summary>
internal enum ContentsField : sbyte
{
    /// <summary>FP16 and BF16 have none.</summary>
    None = -1,
    Bool,
    Int,
    Int64,
    UInt,
    UInt64,
    Fp32,
    Fp64,
    Bytes,
}

/// <summary>Which datatype goes into which field of typed contents.</summary>
internal static class ContentsFields
{
    private static readonly string[] Names =
        ["bool_contents", "int_contents", "int64_contents", "uint_contents", "uint64_contents", "fp32_contents", "fp64_contents", "bytes_contents"];

    /// <summary>The field of a datatype.</summary>
    public static ContentsField Of(TensorType type) => type switch
    {
        TensorType.Bool => ContentsField.Bool,
        TensorType.Int8 or TensorType.Int16 or TensorType.Int32 => ContentsField.Int,
        TensorType.Int64 => ContentsField.Int64,
        TensorType.UInt8 or TensorType.UInt16 or TensorType.UInt32 => ContentsField.UInt,
        TensorType.UInt64 => ContentsField.UInt64,
        TensorType.Float32 => ContentsField.Fp32,
        TensorType.Float64 => ContentsField.Fp64,
        TensorType.Bytes => ContentsField.Bytes,
        _ => ContentsField.None,
    };

    /// <summary>The field's name in the protocol.</summary>
    public static string Name(this ContentsField field) => Names[(int)field];
}
