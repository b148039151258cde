using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Infer.Wire;

/// <summary>
/// Walks the Protobuf wire format where the transport left it, without copying. Reads what the generated parser reads: fields
/// in any order, unknown ones, groups to a depth of a hundred. Whatever is no Protobuf throws InvalidArgument.
/// </summary>
internal ref struct WireReader
{
    /// <summary>What is said of a message that cannot be parsed.</summary>
    public const string NotProtobuf =
        "the request message is not a valid Protobuf message of the method's request type; it is truncated or its lengths do not add up.";

    private const int DeepestNesting = 100;
    private const int LongestVarint = 10;
    private readonly ReadOnlySequence<byte> _sequence;
    private SequencePosition _start;
    private SequencePosition _next;
    private ReadOnlySpan<byte> _span;
    private int _at;
    private int _stop;
    private long _before;
    private long _end;
    private int _depth;

    public WireReader(in ReadOnlySequence<byte> message)
    {
        _sequence = message;
        _start = _next = message.Start;
        _end = message.Length;
        if (message.TryGet(ref _next, out var memory))
            _span = memory.Span;
        Limit();
    }

    /// <summary>Nothing is left of the message, or of the one that was entered last.</summary>
    public readonly bool IsAtEnd => _at == _stop && Left == 0;

    /// <summary>Bytes that are left of the message, or of the one that was entered last.</summary>
    public readonly long Left => _end - _before - _at;

    /// <summary>Where the reader stands within the sequence that it reads.</summary>
    public readonly SequencePosition Position => new(_start.GetObject(), _start.GetInteger() + _at);

    /// <summary>The next field; false at the end of the message.</summary>
    public bool TryReadTag(out uint tag)
    {
        tag = 0;
        if (IsAtEnd)
            return false;
        tag = (uint)ReadVarint();
        return tag >> 3 != 0 ? true : throw Malformed();
    }

    /// <summary>A number in base 128; bits above the 64th are dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadVarint() => _at < _stop && _span[_at] < 0x80 ? _span[_at++] : ReadLongVarint();

    /// <summary>Eight bytes, little-endian.</summary>
    public ulong ReadFixed64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Read(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>The length of what follows, which is all there.</summary>
    public int ReadLength()
    {
        var length = (uint)ReadVarint();
        return length <= Left ? (int)length : throw Malformed();
    }

    /// <summary>Confines the reader to a message of that length; give what it returns to <see cref="Leave"/> at its end.</summary>
    public long Enter(int length)
    {
        var outer = _end;
        _end = _before + _at + length;
        _depth++;
        Limit();
        return outer;
    }

    /// <summary>Goes back to the message around the one that was entered and is read to its end.</summary>
    public void Leave(long outer)
    {
        _end = outer;
        _depth--;
        Limit();
    }

    /// <summary>Goes over as many bytes, which must be there.</summary>
    public void Advance(int bytes)
    {
        if (bytes > Left)
            throw Malformed();
        while (bytes > 0)
            bytes -= NextRun(bytes).Length;
    }

    /// <summary>The next bytes, as many as the target takes.</summary>
    public void Read(scoped Span<byte> target)
    {
        if (target.Length > Left)
            throw Malformed();
        while (!target.IsEmpty)
        {
            var here = NextRun(target.Length);
            here.CopyTo(target);
            target = target[here.Length..];
        }
    }

    /// <summary>The next bytes that lie together, at least one of them and at most that many, which must be there.</summary>
    public ReadOnlySpan<byte> NextRun(int most)
    {
        while (_at == _stop)
            NextSpan();
        var run = _span[_at..Math.Min(_stop, _at + most)];
        _at += run.Length;
        return run;
    }

    /// <summary>Goes over the value of a field that nobody wants.</summary>
    public void Skip(uint tag)
    {
        switch (tag & 7)
        {
            case WireTypes.Varint:
                ReadVarint();
                break;
            case WireTypes.Fixed64:
                Advance(sizeof(ulong));
                break;
            case WireTypes.Length:
                Advance(ReadLength());
                break;
            case WireTypes.StartGroup:
                SkipGroup(tag);
                break;
            case WireTypes.Fixed32:
                Advance(sizeof(uint));
                break;
            case WireTypes.EndGroup:
                throw Malformed();
            default:
                // The two types that Protobuf has not given a meaning; the generated parser takes them for fields of no bytes.
                break;
        }
    }

    /// <summary>The error of a message that is no Protobuf.</summary>
    public static InferenceException Malformed() => InferenceException.InvalidArgument(NotProtobuf);

    private void SkipGroup(uint start)
    {
        if (++_depth >= DeepestNesting)
            throw Malformed();
        while (true)
        {
            if (!TryReadTag(out var tag))
                throw Malformed();
            if ((tag & 7) != WireTypes.EndGroup)
                Skip(tag);
            else if (tag >> 3 == start >> 3)
                break;
            else
                throw Malformed();
        }

        _depth--;
    }

    private ulong ReadLongVarint()
    {
        ulong value = 0;
        for (var i = 0; i < LongestVarint; i++)
        {
            var next = ReadByte();
            value |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80)
                return value;
        }

        throw Malformed();
    }

    private byte ReadByte()
    {
        if (IsAtEnd)
            throw Malformed();
        return NextRun(1)[0];
    }

    private void NextSpan()
    {
        _before += _span.Length;
        (_start, _at) = (_next, 0);
        if (!_sequence.TryGet(ref _next, out var memory))
            throw Malformed();
        _span = memory.Span;
        Limit();
    }

    private void Limit() => _stop = (int)Math.Min(_span.Length, _end - _before);
}
