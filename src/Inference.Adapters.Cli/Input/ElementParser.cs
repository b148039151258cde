using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Input;

/// <summary>Reads the elements of a tensor from JSON. A value outside the datatype's range is an error; it is never cut to fit.</summary>
internal static class ElementParser
{
    private delegate bool TryParse<T>(JsonElement element, out T value);

    /// <summary>The tensor, owned by the caller.</summary>
    /// <param name="name">Named in errors.</param>
    /// <param name="type">Datatype.</param>
    /// <param name="shape">Has as many elements as there are.</param>
    /// <param name="elements">The elements.</param>
    /// <exception cref="InferenceException">InvalidArgument, naming the first element that is not of the datatype.</exception>
    public static Tensor Parse(string name, TensorType type, TensorShape shape, IReadOnlyList<JsonElement> elements) => type switch
    {
        TensorType.Bool => Fill<byte>(name, type, shape, elements, Bool, "true or false"),
        TensorType.UInt8 => Integers<byte>(name, type, shape, elements),
        TensorType.UInt16 => Integers<ushort>(name, type, shape, elements),
        TensorType.UInt32 => Integers<uint>(name, type, shape, elements),
        TensorType.UInt64 => Integers<ulong>(name, type, shape, elements),
        TensorType.Int8 => Integers<sbyte>(name, type, shape, elements),
        TensorType.Int16 => Integers<short>(name, type, shape, elements),
        TensorType.Int32 => Integers<int>(name, type, shape, elements),
        TensorType.Int64 => Integers<long>(name, type, shape, elements),
        TensorType.Float16 => Floats<Half>(name, type, shape, elements),
        TensorType.BFloat16 => Fill<ushort>(name, type, shape, elements, BrainFloat, FloatText(Bf16Max)),
        TensorType.Float32 => Floats<float>(name, type, shape, elements),
        TensorType.Float64 => Floats<double>(name, type, shape, elements),
        _ => Texts(name, shape, elements),
    };

    // The largest finite bfloat16.
    private static float Bf16Max => BitConverter.UInt32BitsToSingle(0x7F7F_0000);

    private static Tensor Integers<T>(string name, TensorType type, TensorShape shape, IReadOnlyList<JsonElement> elements)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        Fill<T>(name, type, shape, elements, Integer, $"a whole number from {T.MinValue} to {T.MaxValue}");

    private static Tensor Floats<T>(string name, TensorType type, TensorShape shape, IReadOnlyList<JsonElement> elements)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T> =>
        Fill<T>(name, type, shape, elements, Float, FloatText(T.MaxValue));

    private static Tensor Fill<T>(string name, TensorType type, TensorShape shape, IReadOnlyList<JsonElement> elements, TryParse<T> parse, string expected)
        where T : unmanaged
    {
        var tensor = Tensor.Allocate(type, shape);
        var values = tensor.Mutable<T>();
        for (var i = 0; i < elements.Count; i++)
        {
            if (parse(elements[i], out values[i]))
                continue;
            tensor.Dispose();
            throw Wrong(name, type, i, elements[i], expected);
        }

        return tensor;
    }

    private static Tensor Texts(string name, TensorShape shape, IReadOnlyList<JsonElement> elements)
    {
        var builder = new BytesTensorBuilder();
        for (var i = 0; i < elements.Count; i++)
        {
            if (elements[i].ValueKind != JsonValueKind.String)
                throw Wrong(name, TensorType.Bytes, i, elements[i], "text in double quotes");
            builder.Add(elements[i].GetString()!);
        }

        return builder.Build(shape, name);
    }

    private static bool Bool(JsonElement element, out byte value)
    {
        value = element.ValueKind == JsonValueKind.True ? (byte)1 : (byte)0;
        return element.ValueKind is JsonValueKind.True or JsonValueKind.False;
    }

    private static bool Integer<T>(JsonElement element, out T value)
        where T : IBinaryInteger<T>
    {
        value = T.Zero;
        return element.ValueKind == JsonValueKind.Number
            && T.TryParse(JsonMarshal.GetRawUtf8Value(element), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value!);
    }

    private static bool Float<T>(JsonElement element, out T value)
        where T : IBinaryFloatingPointIeee754<T>
    {
        value = T.Zero;
        if (element.ValueKind == JsonValueKind.Number)
            return T.TryParse(JsonMarshal.GetRawUtf8Value(element), NumberStyles.Float, CultureInfo.InvariantCulture, out value!) && T.IsFinite(value);
        var word = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        value = word switch
        {
            "NaN" => T.NaN,
            "Infinity" => T.PositiveInfinity,
            "-Infinity" => T.NegativeInfinity,
            _ => T.Zero,
        };
        return word is "NaN" or "Infinity" or "-Infinity";
    }

    private static bool BrainFloat(JsonElement element, out ushort value)
    {
        value = 0;
        if (!Float<float>(element, out var single))
            return false;
        var bits = BitConverter.SingleToUInt32Bits(single);

        // Round to the nearest, ties to even; NaN keeps its upper bits, which hold the quiet bit.
        value = float.IsNaN(single) ? (ushort)(bits >> 16) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        return !float.IsFinite(single) || (value & 0x7F80) != 0x7F80;
    }

    private static string FloatText<T>(T most)
        where T : IFormattable => string.Create(CultureInfo.InvariantCulture, $"a number of at most {most:R} in size, or \"NaN\", \"Infinity\", \"-Infinity\"");

    private static InferenceException Wrong(string name, TensorType type, int index, JsonElement element, string expected) =>
        InferenceException.InvalidArgument(
            $"input {ErrorText.Quote(name)}: element {index} is {ErrorText.Quote(element.GetRawText())}; {type.ProtocolName()} takes {expected}.");
}
