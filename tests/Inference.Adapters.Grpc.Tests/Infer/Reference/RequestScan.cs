using System.Buffers;
using Inference.Adapters.Protocol;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>
/// Counts the parts of an inference request before it is parsed. Two bytes on the wire can become an object of a hundred
/// bytes in memory, so that a message within its size limit could otherwise take all memory. Raw data and numbers are
/// skipped, so the cost does not depend on them.
/// </summary>
internal ref struct RequestScan
{
    /// <summary>Most parameters of a request and all its tensors together.</summary>
    public const int MostParameters = 65_536;

    /// <summary>
    /// Most elements of bytes_contents of all inputs together. Each is an object of about 80 bytes, two of which may stand
    /// for it on the wire; one in raw data costs its length alone.
    /// </summary>
    public const int MostBytesElements = 1 << 21;

    /// <summary>Most bytes of the shapes of all inputs together: a dimension of one byte takes eight in memory.</summary>
    public const int MostShapeBytes = 1 << 20;

    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int StartGroup = 3;
    private const int EndGroup = 4;
    private const int Fixed32 = 5;
    private const int LongestVarint = 10;

    public int Inputs { get; private set; }

    public int Outputs { get; private set; }

    public int Parameters { get; private set; }

    public int RawEntries { get; private set; }

    public int BytesElements { get; private set; }

    public long ShapeBytes { get; private set; }

    /// <summary>Counts the parts. What is not Protobuf ends the count: the parser will refuse it at the same place.</summary>
    public static RequestScan Of(in ReadOnlySequence<byte> message)
    {
        var scan = default(RequestScan);
        var reader = new SequenceReader<byte>(message);
        while (TryReadField(ref reader, out var field, out var part))
        {
            switch (field)
            {
                case ModelInferRequest.ParametersFieldNumber:
                    scan.Parameters++;
                    break;
                case ModelInferRequest.InputsFieldNumber:
                    scan.Inputs++;
                    scan.Input(part);
                    break;
                case ModelInferRequest.OutputsFieldNumber:
                    scan.Outputs++;
                    scan.Parameters += Count(part, ModelInferRequest.Types.InferRequestedOutputTensor.ParametersFieldNumber);
                    break;
                case ModelInferRequest.RawInputContentsFieldNumber:
                    scan.RawEntries++;
                    break;
            }
        }

        return scan;
    }

    /// <summary>Throws where there are too many parts.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public readonly void Check()
    {
        Check("inputs", Inputs, InferRequestMapper.MostInputs);
        Check("requested outputs", Outputs, RequestedOutputs.Most);
        Check("parameters", Parameters, MostParameters);
        Check("entries in raw_input_contents", RawEntries, InferRequestMapper.MostInputs);
        Check("bytes of shapes", ShapeBytes, MostShapeBytes);
        if (BytesElements > MostBytesElements)
        {
            throw InferenceException.InvalidArgument(
                $"the request has {BytesElements} elements in bytes_contents; at most {MostBytesElements} are accepted. Send them in raw_input_contents, each after its length in four bytes.");
        }
    }

    private static void Check(string what, long count, int most)
    {
        if (count > most)
            throw InferenceException.InvalidArgument($"the request has {count} {what}; at most {most} are accepted.");
    }

    private void Input(in ReadOnlySequence<byte> input)
    {
        var reader = new SequenceReader<byte>(input);
        while (TryReadField(ref reader, out var field, out var part))
        {
            switch (field)
            {
                case ModelInferRequest.Types.InferInputTensor.ShapeFieldNumber:
                    ShapeBytes += part.Length;
                    break;
                case ModelInferRequest.Types.InferInputTensor.ParametersFieldNumber:
                    Parameters++;
                    break;
                case ModelInferRequest.Types.InferInputTensor.ContentsFieldNumber:
                    BytesElements += Count(part, InferTensorContents.BytesContentsFieldNumber);
                    break;
            }
        }
    }

    private static int Count(in ReadOnlySequence<byte> message, int field)
    {
        var count = 0;
        var reader = new SequenceReader<byte>(message);
        while (TryReadField(ref reader, out var found, out _))
            count += found == field ? 1 : 0;
        return count;
    }

    // The next field; its number is 0 where it is not length-delimited. Groups are walked into, as if they were not there.
    private static bool TryReadField(ref SequenceReader<byte> reader, out int field, out ReadOnlySequence<byte> part)
    {
        field = 0;
        part = default;
        if (!TryReadVarint(ref reader, out var tag))
            return false;
        switch (tag & 7)
        {
            case Varint:
                return TryReadVarint(ref reader, out _);
            case Fixed64:
                return TryAdvance(ref reader, sizeof(ulong));
            case Fixed32:
                return TryAdvance(ref reader, sizeof(uint));
            case StartGroup or EndGroup:
                return true;
            case LengthDelimited when TryReadVarint(ref reader, out var length) && length <= reader.Remaining:
                field = (int)(tag >> 3);
                part = reader.Sequence.Slice(reader.Position, length);
                reader.Advance(length);
                return true;
            default:
                return false;
        }
    }

    // Bits above the 32nd are dropped, as the parser drops them.
    private static bool TryReadVarint(ref SequenceReader<byte> reader, out uint value)
    {
        ulong bits = 0;
        for (var i = 0; i < LongestVarint && reader.TryRead(out var next); i++)
        {
            bits |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80)
            {
                value = (uint)bits;
                return true;
            }
        }

        value = 0;
        return false;
    }

    private static bool TryAdvance(ref SequenceReader<byte> reader, int bytes)
    {
        if (reader.Remaining < bytes)
            return false;
        reader.Advance(bytes);
        return true;
    }
}
