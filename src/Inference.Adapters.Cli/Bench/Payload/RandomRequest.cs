using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Bench.Payload;

/// <summary>
/// Tensors of random data for what a model says it takes. Numbers that stand for pictures or measurements spread over their
/// range; wider integers are 0 or 1, since they often stand for places in a table whose size nobody tells.
/// </summary>
internal sealed class RandomRequest(RandomShape shapes, IReadOnlyDictionary<string, NumberRange> ranges, int textLength, int seed)
{
    // What one tensor of a server takes.
    private const long MostBytes = 1 << 30;
    private readonly Random _random = new(seed);

    /// <summary>One request's tensors, the caller's.</summary>
    /// <exception cref="UsageException">The size of an axis is not known, or a range does not fit.</exception>
    public TensorSet Create(IReadOnlyList<TensorSpec> inputs)
    {
        var tensors = new TensorSet(inputs.Count);
        foreach (var input in inputs)
            tensors.Add(input.Name, Create(input, shapes.Of(input)));
        return tensors;
    }

    private Tensor Create(TensorSpec input, TensorShape shape)
    {
        var bytes = (Int128)shape.ElementCount * (input.Type == TensorType.Bytes ? sizeof(int) + textLength : input.Type.ElementSize());
        if (bytes > MostBytes)
            throw new UsageException($"input {ErrorText.Quote(input.Name)} of shape {shape} has {bytes} bytes; at most {MostBytes} are made up. Take a smaller --shape, --batch or --text-length.");
        var range = ranges.TryGetValue(input.Name, out var given) ? given : default(NumberRange?);
        return input.Type switch
        {
            TensorType.Bool => Fill<byte>(input, shape, () => (byte)_random.Next(2)),
            TensorType.UInt8 => Integers<byte>(input, shape, range ?? new NumberRange(0, byte.MaxValue)),
            TensorType.Int8 => Integers<sbyte>(input, shape, range ?? new NumberRange(sbyte.MinValue, sbyte.MaxValue)),
            TensorType.UInt16 => Integers<ushort>(input, shape, range),
            TensorType.Int16 => Integers<short>(input, shape, range),
            TensorType.UInt32 => Integers<uint>(input, shape, range),
            TensorType.Int32 => Integers<int>(input, shape, range),
            TensorType.UInt64 => Integers<ulong>(input, shape, range),
            TensorType.Int64 => Integers<long>(input, shape, range),
            TensorType.Float16 => Fill(input, shape, () => (Half)Number(range)),
            TensorType.BFloat16 => Fill(input, shape, () => (ushort)(BitConverter.SingleToUInt32Bits((float)Number(range)) >> 16)),
            TensorType.Float32 => Fill(input, shape, () => (float)Number(range)),
            TensorType.Float64 => Fill(input, shape, () => Number(range)),
            TensorType.Bytes => Texts(input, shape),
            var type => throw new UsageException($"input {ErrorText.Quote(input.Name)} has datatype {type.ProtocolName()}, which cannot be made up; give it with --input {input.Name}=VALUE."),
        };
    }

    private double Number(NumberRange? range)
    {
        var (least, most) = range ?? new NumberRange(-1, 1);
        return least + (_random.NextDouble() * (most - least));
    }

    private Tensor Integers<T>(TensorSpec input, TensorShape shape, NumberRange? range)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        var (least, most) = range ?? new NumberRange(0, 1);
        if (least < double.CreateSaturating(T.MinValue) || most > double.CreateSaturating(T.MaxValue))
            throw new UsageException(FormattableString.Invariant($"--range {input.Name}:{least}:{most} does not fit {input.Type.ProtocolName()}, the datatype of that input; expected {T.MinValue} to {T.MaxValue}."));
        var count = Math.Floor(most) - Math.Ceiling(least) + 1;
        return count < 1
            ? throw new UsageException(FormattableString.Invariant($"--range {input.Name}:{least}:{most} holds no whole number, which {input.Type.ProtocolName()} needs."))
            : Fill(input, shape, () => T.CreateSaturating(Math.Ceiling(least) + Math.Floor(_random.NextDouble() * count)));
    }

    private static Tensor Fill<T>(TensorSpec input, TensorShape shape, Func<T> next)
        where T : unmanaged
    {
        var values = new T[shape.ElementCount];
        for (var i = 0; i < values.Length; i++)
            values[i] = next();
        return Tensor.Wrap(input.Name, input.Type, shape, MemoryMarshal.AsBytes<T>(values).ToArray());
    }

    private Tensor Texts(TensorSpec input, TensorShape shape)
    {
        var data = new byte[shape.ElementCount * (sizeof(int) + textLength)];
        for (var rest = data.AsSpan(); !rest.IsEmpty; rest = rest[(sizeof(int) + textLength)..])
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, textLength);
            foreach (ref var letter in rest.Slice(sizeof(int), textLength))
                letter = (byte)_random.Next('a', 'z' + 1);
        }

        return Tensor.Wrap(input.Name, input.Type, shape, data);
    }
}

/// <summary>The numbers that a random input may hold, both ends included for integers.</summary>
internal readonly record struct NumberRange(double Least, double Most);
