using System.Buffers;
using Inference.Adapters.Grpc.Infer.Wire;

namespace Inference.Adapters.Grpc.Infer.Arrival;

/// <summary>Where the fields of a message begin that has not arrived to its end. Values are not looked at.</summary>
internal static class FieldScan
{
    private const int LongestVarint = 10;
    private const int LongestHead = 2 * LongestVarint;

    /// <summary>What is known of a field.</summary>
    public enum Outcome
    {
        /// <summary>Its tag and its length.</summary>
        Found,

        /// <summary>Nothing: too little of it is there.</summary>
        TooShort,

        /// <summary>Nothing, and more bytes would not help: it is a group or no Protobuf.</summary>
        Unclear,
    }

    /// <summary>Looks at the field with which these bytes begin.</summary>
    /// <param name="bytes">From the start of the field on; at least one.</param>
    /// <param name="tag">Its tag.</param>
    /// <param name="head">Bytes of its tag, and of its length where it has one.</param>
    /// <param name="value">Bytes that follow the head.</param>
    public static Outcome At(in ReadOnlySequence<byte> bytes, out uint tag, out int head, out uint value)
    {
        var here = bytes.FirstSpan;
        if (here.Length >= LongestHead || here.Length == bytes.Length)
            return At(here, out tag, out head, out value);
        Span<byte> copy = stackalloc byte[(int)Math.Min(bytes.Length, LongestHead)];
        bytes.Slice(0, copy.Length).CopyTo(copy);
        return At(copy, out tag, out head, out value);
    }

    private static Outcome At(ReadOnlySpan<byte> here, out uint tag, out int head, out uint value)
    {
        (head, value) = (0, 0);
        var outcome = Varint(here, ref head, out tag);
        if (outcome != Outcome.Found)
            return outcome;
        switch (tag & 7)
        {
            case var _ when tag >> 3 == 0:
                return Outcome.Unclear;
            case WireTypes.Length:
                return Varint(here, ref head, out value);
            case WireTypes.Varint:
                return Varint(here, ref head, out _);
            case WireTypes.Fixed32:
                value = sizeof(uint);
                return Outcome.Found;
            case WireTypes.Fixed64:
                value = sizeof(ulong);
                return Outcome.Found;
            default:
                return Outcome.Unclear;
        }
    }

    private static Outcome Varint(ReadOnlySpan<byte> bytes, ref int at, out uint value)
    {
        // Tags and lengths have 32 bits; what stands above them is dropped, as readers do.
        value = 0;
        for (var i = 0; i < LongestVarint; i++)
        {
            if (at == bytes.Length)
                return Outcome.TooShort;
            var next = bytes[at++];
            value |= i < 5 ? (uint)(next & 0x7f) << (7 * i) : 0;
            if (next < 0x80)
                return Outcome.Found;
        }

        return Outcome.Unclear;
    }
}
