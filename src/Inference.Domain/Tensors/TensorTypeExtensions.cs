namespace Inference.Domain.Tensors;

/// <summary>Sizes and protocol names of the element types.</summary>
public static class TensorTypeExtensions
{
    private static readonly string[] Names =
        ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES"];

    private static readonly byte[] Sizes = [1, 1, 2, 4, 8, 1, 2, 4, 8, 2, 2, 4, 8, 0];

    /// <summary>All names in the order of <see cref="TensorType"/>.</summary>
    public static IReadOnlyList<string> ProtocolNames => Names;

    /// <summary>The name that the Open Inference Protocol gives the type, such as <c>FP32</c>.</summary>
    public static string ProtocolName(this TensorType type) => Names[(int)type];

    /// <summary>Bytes an element; 0 for <see cref="TensorType.Bytes"/>, whose elements differ in length.</summary>
    public static int ElementSize(this TensorType type) => Sizes[(int)type];

    /// <summary>Finds a type by its protocol name; upper case only, as the protocol has it.</summary>
    public static bool TryParse(string? name, out TensorType type)
    {
        var index = Array.IndexOf(Names, name);
        type = index < 0 ? default : (TensorType)index;
        return index >= 0;
    }

    /// <summary>Finds a type by its protocol name.</summary>
    /// <exception cref="InferenceException">InvalidArgument, naming <paramref name="tensorName"/> and the known types.</exception>
    public static TensorType Parse(string? name, string tensorName) =>
        TryParse(name, out var type)
            ? type
            : throw InferenceException.InvalidArgument(
                $"tensor {ErrorText.Quote(tensorName)} has datatype {ErrorText.Quote(name)}; expected one of {string.Join(", ", Names)}.{NearestName.Hint(name ?? "", Names)}");
}
