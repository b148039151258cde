using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Output;

/// <summary>The elements of a tensor as text: numbers in the shortest form that reads back to the same bits.</summary>
internal static class Elements
{
    private const int MaxBytesShown = 16;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Number, true or false at an index; not for BYTES.</summary>
    public static string Scalar(Tensor tensor, int i) => tensor.Type switch
    {
        TensorType.Bool => tensor.AsSpan<byte>()[i] == 0 ? "false" : "true",
        TensorType.UInt8 => Text(tensor.AsSpan<byte>()[i]),
        TensorType.UInt16 => Text(tensor.AsSpan<ushort>()[i]),
        TensorType.UInt32 => Text(tensor.AsSpan<uint>()[i]),
        TensorType.UInt64 => Text(tensor.AsSpan<ulong>()[i]),
        TensorType.Int8 => Text(tensor.AsSpan<sbyte>()[i]),
        TensorType.Int16 => Text(tensor.AsSpan<short>()[i]),
        TensorType.Int32 => Text(tensor.AsSpan<int>()[i]),
        TensorType.Int64 => Text(tensor.AsSpan<long>()[i]),
        TensorType.Float16 => Text(tensor.AsSpan<Half>()[i]),
        TensorType.BFloat16 => Text(BitConverter.UInt32BitsToSingle((uint)tensor.AsSpan<ushort>()[i] << 16)),
        TensorType.Float32 => Text(tensor.AsSpan<float>()[i]),
        TensorType.Float64 => Text(tensor.AsSpan<double>()[i]),
        _ => throw new ArgumentException("BYTES elements have no fixed size.", nameof(tensor)),
    };

    /// <summary>The text of a BYTES element; null where it is not UTF-8.</summary>
    public static string? Utf8(ReadOnlySpan<byte> element)
    {
        try
        {
            return Strict.GetString(element);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>A BYTES element for a person: quoted text without control characters, or the first bytes in hexadecimal.</summary>
    public static string Quoted(ReadOnlySpan<byte> element)
    {
        if (Utf8(element) is { } text)
            return $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
        var hex = Convert.ToHexStringLower(element[..Math.Min(element.Length, MaxBytesShown)]);
        return $"0x{hex}{(element.Length > MaxBytesShown ? "…" : string.Empty)} ({element.Length} bytes)";
    }

    private static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
