using Google.Protobuf;

namespace Inference.Benchmarks.Load.Artefacts;

/// <summary>Writes the fields of an ONNX message by their numbers in onnx.proto, so that models are made where no Python is.</summary>
internal sealed class OnnxFields
{
    private readonly CodedOutputStream _output;

    private OnnxFields(CodedOutputStream output) => _output = output;

    /// <summary>A whole message.</summary>
    public static byte[] Message(Action<OnnxFields> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
            write(new OnnxFields(output));
        return bytes.ToArray();
    }

    public void Number(int field, long value)
    {
        _output.WriteTag(field, WireFormat.WireType.Varint);
        _output.WriteInt64(value);
    }

    public void Text(int field, string value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteString(value);
    }

    public void Raw(int field, ReadOnlySpan<byte> value)
    {
        _output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        _output.WriteBytes(ByteString.CopyFrom(value));
    }

    public void Nested(int field, Action<OnnxFields> write) => Raw(field, Message(write));
}
