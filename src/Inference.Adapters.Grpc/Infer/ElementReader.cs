using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Inference.Adapters.Grpc.Infer.Wire;
using Inference.Domain;
using Inference.Domain.Tensors;
using Input = Inference.Adapters.Protocol.ModelInferRequest.Types.InferInputTensor;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>Reads the elements of typed contents straight into a tensor's memory, which has room for exactly those that were counted.</summary>
/// <param name="name">Name of the input, for errors.</param>
/// <param name="type">Element type; one with a field in typed contents.</param>
/// <param name="input">The input, as it was counted.</param>
/// <param name="target">The tensor's memory.</param>
internal ref struct ElementReader(string name, TensorType type, in ReadOnlySequence<byte> input, Span<byte> target)
{
    private const uint Contents = (Input.ContentsFieldNumber << 3) | WireTypes.Length;
    private readonly Span<byte> _target = target;
    private WireReader _reader = new(input);
    private int _done;

    /// <summary>Reads all elements, whose contents may stand in several parts.</summary>
    /// <exception cref="InferenceException">InvalidArgument for a value that does not fit, or a number that does not end.</exception>
    public void Read()
    {
        while (_reader.TryReadTag(out var tag))
        {
            if (tag != Contents)
            {
                _reader.Skip(tag);
                continue;
            }

            var outer = _reader.Enter(_reader.ReadLength());
            while (_reader.TryReadTag(out var field))
                ReadField(field);
            _reader.Leave(outer);
        }
    }

    private void ReadField(uint tag)
    {
        var field = ContentsReader.Of(tag, out var packed);
        if (field == ContentsField.None || field != ContentsFields.Of(type))
        {
            _reader.Skip(tag);
            return;
        }

        switch (type)
        {
            case TensorType.Bool:
                ReadNumbers<BoolElement, byte>(packed);
                break;
            case TensorType.Int8:
                ReadNumbers<Narrow<int, sbyte>, sbyte>(packed);
                break;
            case TensorType.Int16:
                ReadNumbers<Narrow<int, short>, short>(packed);
                break;
            case TensorType.Int32:
                ReadNumbers<Narrow<int, int>, int>(packed);
                break;
            case TensorType.Int64:
                ReadNumbers<Narrow<long, long>, long>(packed);
                break;
            case TensorType.UInt8:
                ReadNumbers<Narrow<uint, byte>, byte>(packed);
                break;
            case TensorType.UInt16:
                ReadNumbers<Narrow<uint, ushort>, ushort>(packed);
                break;
            case TensorType.UInt32:
                ReadNumbers<Narrow<uint, uint>, uint>(packed);
                break;
            case TensorType.UInt64:
                ReadNumbers<Narrow<ulong, ulong>, ulong>(packed);
                break;
            case TensorType.Bytes:
                ReadBytes();
                break;
            default:
                Copy(packed ? _reader.ReadLength() : type.ElementSize());
                break;
        }
    }

    private void ReadNumbers<TKind, TElement>(bool packed)
        where TKind : IElementKind<TElement>
        where TElement : unmanaged
    {
        var elements = MemoryMarshal.Cast<byte, TElement>(_target);
        if (!packed)
        {
            elements[_done] = Convert<TKind, TElement>(_reader.ReadVarint());
            _done++;
            return;
        }

        var outer = _reader.Enter(_reader.ReadLength());
        while (!_reader.IsAtEnd)
        {
            elements[_done] = Convert<TKind, TElement>(_reader.ReadVarint());
            _done++;
        }

        _reader.Leave(outer);
    }

    private readonly TElement Convert<TKind, TElement>(ulong number)
        where TKind : IElementKind<TElement>
        where TElement : unmanaged =>
        TKind.TryConvert(number, out var element)
            ? element
            : throw InferenceException.InvalidArgument($"input {ErrorText.Quote(name)} of datatype {type.ProtocolName()} holds {TKind.Text(number)} at element {_done}; expected {TKind.Range}.");

    private void ReadBytes()
    {
        var length = _reader.ReadLength();
        BinaryPrimitives.WriteInt32LittleEndian(_target[_done..], length);
        _done += TensorDataCheck.LengthPrefix;
        Copy(length);
    }

    private void Copy(int length)
    {
        _reader.Read(_target.Slice(_done, length));
        _done += length;
    }
}
