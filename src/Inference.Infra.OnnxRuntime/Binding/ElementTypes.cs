using System.Collections.Frozen;
using Inference.Domain.Tensors;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Inference.Infra.OnnxRuntime.Binding;

/// <summary>ONNX Runtime's element types and ours. Both orders of bytes and sizes are the same, so no element is converted.</summary>
internal static class ElementTypes
{
    // In the order of TensorType.
    private static readonly TensorElementType[] Native =
    [
        TensorElementType.Bool, TensorElementType.UInt8, TensorElementType.UInt16, TensorElementType.UInt32, TensorElementType.UInt64,
        TensorElementType.Int8, TensorElementType.Int16, TensorElementType.Int32, TensorElementType.Int64,
        TensorElementType.Float16, TensorElementType.BFloat16, TensorElementType.Float, TensorElementType.Double, TensorElementType.String,
    ];

    private static readonly FrozenDictionary<TensorElementType, TensorType> Domain =
        Native.Select((native, index) => (native, type: (TensorType)index)).ToFrozenDictionary(p => p.native, p => p.type);

    public static TensorElementType ToNative(this TensorType type) => Native[(int)type];

    /// <summary>False for types that the protocol does not have, such as complex numbers.</summary>
    public static bool TryToDomain(TensorElementType native, out TensorType type) => Domain.TryGetValue(native, out type);
}
