using System.Text;
using CsCheck;
using Inference.Adapters.Grpc.Infer;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Infer;

/// <summary>
/// Requests as bytes, with everything that Protobuf lets a client do: fields in any order, unknown ones, groups, numbers packed or
/// not, contents and shapes in several parts, what stands once given twice, and messages that are to be merged. Most are right;
/// some have a datatype, an element or an entry that is not.
/// </summary>
internal sealed class WireSamples
{
    private const int Varint = 0;
    private const int Length = 2;
    private static readonly TensorType[] Types = Enum.GetValues<TensorType>();
    private readonly Random _random;

    private WireSamples(int seed) => _random = new Random(seed);

    public static Gen<byte[]> Requests { get; } = Gen.Int.Select(seed => new WireSamples(seed).Request());

    private bool Rarely => _random.Next(40) == 0;

    private bool Sometimes => _random.Next(6) == 0;

    private byte[] Request()
    {
        var raw = _random.Next(2) == 0;
        List<byte[]> fields = [Text(1, "model"), Text(2, "3"), Text(3, _random.Next(2) == 0 ? "id-漢" : string.Empty)];
        if (Sometimes)
            fields.Add(Text(_random.Next(1, 4), "again"));
        for (var i = _random.Next(4); i > 0; i--)
            fields.Add(Parameter(4, $"p{_random.Next(3)}"));
        for (var i = _random.Next(3); i > 0; i--)
            fields.Add(Part(6, Shuffled([Text(1, $"y{i}"), .. _random.Next(2) == 0 ? new[] { Rarely ? Parameter(2, "classification") : Classes(2) } : []])));
        var inputs = _random.Next(4);
        for (var i = 0; i < inputs; i++)
            Input(fields, $"x{(Rarely ? 0 : i)}", raw);
        return Shuffled(fields);
    }

    private void Input(List<byte[]> fields, string name, bool raw)
    {
        var type = Types[_random.Next(Types.Length)];
        var shape = Enumerable.Range(0, _random.Next(3)).Select(_ => (long)_random.Next(4)).ToArray();
        var count = (int)shape.Aggregate(1L, (a, b) => a * b) + (Rarely ? 1 : 0);
        List<byte[]> parts = [Text(1, name), Text(2, Rarely ? "FP8" : type.ProtocolName()), .. Shape(shape)];
        if (Sometimes)
            parts.Add(_random.Next(2) == 0 ? Text(1, name) : Text(2, type.ProtocolName()));
        if (Rarely)
            parts.Add(Parameter(4, "own"));
        var field = ContentsFields.Of(type);
        if (raw || field == ContentsField.None)
            fields.Add(Part(7, Raw(type, count)));
        else
            parts.AddRange(Contents(field, count).Select(part => Part(5, part)));
        if (Rarely)
            parts.AddRange(Contents(ContentsField.Int, _random.Next(2)).Select(part => Part(5, part)));
        fields.Add(Part(5, Shuffled(parts)));
    }

    private byte[] Raw(TensorType type, int count)
    {
        if (type == TensorType.Bytes)
            return [.. Enumerable.Range(0, count).SelectMany(i => (byte[])[(byte)i, 0, 0, 0, .. new byte[i]])];
        var data = new byte[count * type.ElementSize()];
        _random.NextBytes(data);
        if (type == TensorType.Bool)
            data = [.. data.Select(b => (byte)(b & 1))];
        return data;
    }

    private IEnumerable<byte[]> Shape(long[] shape) =>
        Sometimes ? shape.Select(d => _random.Next(2) == 0 ? Number(3, (ulong)d) : Part(3, Base128((ulong)d))).ToList()
        : _random.Next(3) == 0 ? shape.Select(d => Number(3, (ulong)d))
        : _random.Next(2) == 0 ? [Part(3, [.. shape.SelectMany(d => Base128((ulong)d))])]
        : shape.Select(d => Part(3, Base128((ulong)d)));

    // One or two parts of contents, their elements in one or several fields.
    private IEnumerable<byte[]> Contents(ContentsField field, int count)
    {
        var first = _random.Next(count + 1);
        yield return Elements(field, first);
        if (first < count || _random.Next(2) == 0)
            yield return Elements(field, count - first);
    }

    private byte[] Elements(ContentsField field, int count)
    {
        var elements = Enumerable.Range(0, count).Select(_ => Element(field)).ToList();
        if (field == ContentsField.Bytes)
            return Shuffled([.. elements.Select(e => Part(8, e))]);
        if (_random.Next(2) == 0)
            return Shuffled([Part((int)field + 1, [.. elements.SelectMany(e => e)])]);
        var wire = field switch { ContentsField.Fp32 => 5, ContentsField.Fp64 => 1, _ => Varint };
        return Shuffled([.. elements.Select(e => (byte[])[.. Tag((int)field + 1, wire), .. e])]);
    }

    private byte[] Element(ContentsField field)
    {
        var value = _random.Next(3) == 0 ? (ulong)_random.NextInt64() : Rarely ? (ulong)_random.Next(400) : (ulong)_random.Next(100);
        return field switch
        {
            ContentsField.Fp32 => BitConverter.GetBytes(_random.NextSingle()),
            ContentsField.Fp64 => BitConverter.GetBytes(_random.NextDouble()),
            ContentsField.Bytes => new byte[_random.Next(5)],
            ContentsField.Int or ContentsField.UInt => Base128(Rarely ? value : value % 100),
            _ => Base128(value),
        };
    }

    private byte[] Classes(int number) => Part(number, Shuffled([Text(1, "classification"), Part(2, Number(2, (ulong)_random.Next(1, 9)))]));

    // Of several values the last counts, whether they stand in one message or in two that are merged.
    private byte[] Parameter(int number, string name)
    {
        List<byte[]> fields = [Text(1, name), Part(2, Value())];
        if (Sometimes)
            fields.Add(Part(2, [.. Value(), .. Value()]));
        if (Sometimes)
            fields.Add(Text(1, name));
        return Part(number, Shuffled(fields));
    }

    private byte[] Value()
    {
        return _random.Next(Rarely ? 6 : 5) switch
        {
            0 => Number(1, (ulong)_random.Next(2)),
            1 => Number(2, (ulong)_random.NextInt64()),
            2 => Text(3, "text"),
            3 => [.. Tag(4, 1), .. BitConverter.GetBytes(_random.NextDouble())],
            4 => Number(5, (ulong)_random.NextInt64()),
            _ => [],
        };
    }

    private byte[] Shuffled(IEnumerable<byte[]> fields)
    {
        byte[][] all = [.. fields, .. _random.Next(4) == 0 ? new[] { Unknown() } : []];
        _random.Shuffle(all);
        return [.. all.SelectMany(f => f)];
    }

    private byte[] Unknown() => _random.Next(5) switch
    {
        0 => Number(99, (ulong)_random.NextInt64()),
        1 => Part(1000, new byte[_random.Next(9)]),
        2 => [.. Tag(77, 1), .. new byte[8]],
        3 => [.. Tag(2, 5), .. new byte[4]],
        _ => [.. Tag(50, 3), .. Number(1, 5), .. Tag(51, 3), .. Tag(51, 4), .. Tag(50, 4)],
    };

    private static byte[] Text(int number, string text) => Part(number, Encoding.UTF8.GetBytes(text));

    private static byte[] Number(int number, ulong value) => [.. Tag(number, Varint), .. Base128(value)];

    private static byte[] Part(int number, byte[] bytes) => [.. Tag(number, Length), .. Base128((ulong)bytes.Length), .. bytes];

    private static byte[] Tag(int number, int wire) => Base128(((ulong)number << 3) | (uint)wire);

    private static byte[] Base128(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }
}
