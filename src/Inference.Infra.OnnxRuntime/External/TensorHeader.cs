using System.Globalization;
using System.Text;

namespace Inference.Infra.OnnxRuntime.External;

/// <summary>What a tensor of an ONNX file says of data that lie in another file.</summary>
/// <param name="Name">Its name; may be empty.</param>
/// <param name="Location">The file, as written.</param>
/// <param name="Offset">Where its data begin.</param>
/// <param name="Length">Bytes of its data.</param>
internal sealed record TensorHeader(string Name, string Location, long Offset, long Length)
{
    private const int Dimensions = 1;
    private const int ElementType = 2;
    private const int TensorName = 8;
    private const int ExternalData = 13;
    private const int DataLocation = 14;

    /// <summary>Reads it; null where the data are in the tensor itself.</summary>
    /// <exception cref="InvalidDataException">It cannot be understood.</exception>
    public static TensorHeader? Read(ReadOnlySpan<byte> tensor)
    {
        var (isExternal, name, type, elements) = (false, string.Empty, 0, 1L);
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new WireSpan(tensor);
        while (reader.Next())
        {
            if (reader is { Field: Dimensions, IsMessage: false })
                elements = Times(elements, reader.Number);
            else if (reader.Field == Dimensions)
                elements = Packed(elements, reader.Value);
            else if (reader is { Field: ElementType, IsMessage: false })
                type = (int)reader.Number;
            else if (reader is { Field: DataLocation, IsMessage: false })
                isExternal = reader.Number == 1;
            else if (reader is { Field: TensorName, IsMessage: true })
                name = Encoding.UTF8.GetString(reader.Value);
            else if (reader is { Field: ExternalData, IsMessage: true })
                ReadEntry(reader.Value, entries);
        }

        return isExternal ? Create(name, type, elements, entries) : null;
    }

    /// <summary>The tensor with its data in itself.</summary>
    public static byte[] Inline(ReadOnlySpan<byte> tensor, ReadOnlySpan<byte> data)
    {
        const int rawData = 9;
        var output = new WireOutput(tensor.Length + data.Length + 16);
        var reader = new WireSpan(tensor);
        while (reader.Next())
        {
            if (reader.Field is not (ExternalData or DataLocation or rawData))
                output.Verbatim(tensor[reader.Start..reader.End]);
        }

        output.Bytes(rawData, data);
        return output.ToArray();
    }

    private static TensorHeader Create(string name, int type, long elements, Dictionary<string, string> entries)
    {
        var location = entries.GetValueOrDefault("location", string.Empty);
        var offset = Number(entries, "offset") ?? 0;
        var length = Number(entries, "length") ?? (ElementBits(type) is { } bits ? (Times(elements, (ulong)bits) + 7) / 8 : (long?)null)
            ?? throw new InvalidDataException($"its length is not given and its element type {type} is not known");
        return new TensorHeader(name, location, offset, length);
    }

    private static void ReadEntry(ReadOnlySpan<byte> entry, Dictionary<string, string> entries)
    {
        var (key, value) = (string.Empty, string.Empty);
        var reader = new WireSpan(entry);
        while (reader.Next())
        {
            if (reader is { Field: 1, IsMessage: true })
                key = Encoding.UTF8.GetString(reader.Value);
            else if (reader is { Field: 2, IsMessage: true })
                value = Encoding.UTF8.GetString(reader.Value);
        }

        entries[key] = value;
    }

    private static long? Number(Dictionary<string, string> entries, string key)
    {
        if (!entries.TryGetValue(key, out var text))
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidDataException($"its {key} is no number");
    }

    private static long Packed(long elements, ReadOnlySpan<byte> dimensions)
    {
        for (var i = 0; i < dimensions.Length;)
        {
            ulong value = 0;
            for (var shift = 0; i < dimensions.Length && shift < 64; shift += 7)
            {
                var next = dimensions[i++];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    break;
            }

            elements = Times(elements, value);
        }

        return elements;
    }

    private static long Times(long elements, ulong dimension)
    {
        var product = (Int128)elements * dimension;
        return product <= long.MaxValue / 64 ? (long)product : throw new InvalidDataException("its shape is too large");
    }

    private static int? ElementBits(int type) => type switch
    {
        1 or 6 or 12 => 32,
        2 or 3 or 9 or (>= 17 and <= 20) or 24 => 8,
        4 or 5 or 10 or 16 => 16,
        7 or 11 or 13 or 14 => 64,
        15 => 128,
        21 or 22 or 23 => 4,
        25 or 26 => 2,
        _ => null,
    };
}
