namespace Inference.Infra.OnnxRuntime.External;

/// <summary>Walks the fields of a protobuf message in memory, and knows where each stands.</summary>
internal ref struct WireSpan(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _position;

    /// <summary>Number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>The field holds bytes: text, or a message.</summary>
    public bool IsMessage { get; private set; }

    /// <summary>Value of a field that holds a number.</summary>
    public ulong Number { get; private set; }

    /// <summary>Value of a field that holds bytes.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Where the field begins.</summary>
    public int Start { get; private set; }

    /// <summary>Where the next one begins.</summary>
    public readonly int End => _position;

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The bytes are no protobuf message.</exception>
    public bool Next()
    {
        Start = _position;
        if (_position == _message.Length)
            return false;
        var tag = Varint();
        (Field, IsMessage) = ((int)(tag >> 3), (tag & 7) == 2);
        switch (tag & 7)
        {
            case 0:
                Number = Varint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Value = Take(Varint());
                break;
            case 5:
                Take(4);
                break;
            default:
                throw new InvalidDataException("a field has an unknown wire type");
        }

        return true;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_message.Length - _position))
            throw new InvalidDataException("a field is cut off");
        var value = _message.Slice(_position, (int)length);
        _position += (int)length;
        return value;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_position == _message.Length)
                throw new InvalidDataException("a number is cut off");
            var next = _message[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new InvalidDataException("a number is longer than 64 bits");
    }
}
