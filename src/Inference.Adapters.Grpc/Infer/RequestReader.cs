using Inference.Adapters.Grpc.Infer.Wire;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Input = Inference.Adapters.Protocol.ModelInferRequest.Types.InferInputTensor;
using Output = Inference.Adapters.Protocol.ModelInferRequest.Types.InferRequestedOutputTensor;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>
/// Takes a request apart in one pass. Numbers and raw data are gone over, so the cost hardly depends on them; parts that are
/// too many are counted to the end, and not kept.
/// </summary>
internal static class RequestReader
{
    private const uint ModelName = (ModelInferRequest.ModelNameFieldNumber << 3) | WireTypes.Length;
    private const uint ModelVersion = (ModelInferRequest.ModelVersionFieldNumber << 3) | WireTypes.Length;
    private const uint Id = (ModelInferRequest.IdFieldNumber << 3) | WireTypes.Length;
    private const uint Parameter = (ModelInferRequest.ParametersFieldNumber << 3) | WireTypes.Length;
    private const uint InputTensor = (ModelInferRequest.InputsFieldNumber << 3) | WireTypes.Length;
    private const uint OutputTensor = (ModelInferRequest.OutputsFieldNumber << 3) | WireTypes.Length;
    private const uint RawContents = (ModelInferRequest.RawInputContentsFieldNumber << 3) | WireTypes.Length;
    private const uint InputName = (Input.NameFieldNumber << 3) | WireTypes.Length;
    private const uint Datatype = (Input.DatatypeFieldNumber << 3) | WireTypes.Length;
    private const uint PackedShape = (Input.ShapeFieldNumber << 3) | WireTypes.Length;
    private const uint Dimension = (Input.ShapeFieldNumber << 3) | WireTypes.Varint;
    private const uint InputParameter = (Input.ParametersFieldNumber << 3) | WireTypes.Length;
    private const uint Contents = (Input.ContentsFieldNumber << 3) | WireTypes.Length;
    private const uint OutputName = (Output.NameFieldNumber << 3) | WireTypes.Length;
    private const uint OutputParameter = (Output.ParametersFieldNumber << 3) | WireTypes.Length;

    /// <summary>Reads a request.</summary>
    /// <param name="parts">Has the message; takes its fields, those before the fault where this throws.</param>
    /// <exception cref="InferenceException">InvalidArgument for what is no request of the protocol, or has too many parts.</exception>
    public static void Read(RequestParts parts)
    {
        var reader = new WireReader(parts.Message);
        var bounds = default(RequestBounds);
        try
        {
            while (reader.TryReadTag(out var tag))
                Read(ref reader, tag, parts, ref bounds);
        }
        catch (InferenceException)
        {
            // Too many parts are worth more words than a fault behind them.
            bounds.Check();
            throw;
        }

        bounds.Check();
    }

    private static void Read(ref WireReader reader, uint tag, RequestParts parts, ref RequestBounds bounds)
    {
        switch (tag)
        {
            case ModelName:
                parts.ModelName = reader.ReadName();
                break;
            case ModelVersion:
                parts.Version = reader.ReadName();
                break;
            case Id:
                parts.Id = reader.ReadText();
                break;
            case Parameter:
                parts.Parameters = ParameterReader.Read(ref reader, parts.Parameters, ref bounds);
                break;
            case InputTensor:
                var input = ReadInput(ref reader, parts.Dimensions, ref bounds);
                if (++bounds.Inputs <= RequestBounds.MostInputs)
                    parts.Inputs.Add(input);
                break;
            case OutputTensor:
                var output = ReadOutput(ref reader, ref bounds);
                if (++bounds.Outputs <= RequestBounds.MostOutputs)
                    parts.Outputs.Add(output);
                break;
            case RawContents:
                var length = reader.ReadLength();
                if (++bounds.RawEntries <= RequestBounds.MostInputs)
                    parts.Raw.Add(parts.Message.Slice(reader.Position, length));
                reader.Advance(length);
                break;
            default:
                reader.Skip(tag);
                break;
        }
    }

    private static InputPart ReadInput(ref WireReader reader, List<long> dimensions, ref RequestBounds bounds)
    {
        var length = reader.ReadLength();
        var input = new InputPart { Name = string.Empty, Datatype = string.Empty, FirstDimension = dimensions.Count, Start = reader.Position, Length = length };
        var outer = reader.Enter(length);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case InputName:
                    input.Name = reader.ReadName();
                    break;
                case Datatype:
                    input.Datatype = reader.ReadName();
                    break;
                case PackedShape:
                    ReadShape(ref reader, dimensions, ref bounds);
                    break;
                case Dimension:
                    bounds.AddDimension(dimensions, reader.ReadVarint(), 1);
                    break;
                case InputParameter:
                    input.Parameters = ParameterReader.Read(ref reader, input.Parameters, ref bounds);
                    break;
                case Contents:
                    var around = reader.Enter(reader.ReadLength());
                    var before = input.Contents.Count(ContentsField.Bytes);
                    ContentsReader.Count(ref reader, ref input.Contents);
                    bounds.BytesElements += input.Contents.Count(ContentsField.Bytes) - before;
                    reader.Leave(around);
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        reader.Leave(outer);
        input.Rank = dimensions.Count - input.FirstDimension;
        return input;
    }

    private static OutputPart ReadOutput(ref WireReader reader, ref RequestBounds bounds)
    {
        var name = string.Empty;
        Dictionary<string, object?>? parameters = null;
        var outer = reader.Enter(reader.ReadLength());
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case OutputName:
                    name = reader.ReadName();
                    break;
                case OutputParameter:
                    parameters = ParameterReader.Read(ref reader, parameters, ref bounds);
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        reader.Leave(outer);
        return new OutputPart(name, parameters);
    }

    private static void ReadShape(ref WireReader reader, List<long> dimensions, ref RequestBounds bounds)
    {
        var outer = reader.Enter(reader.ReadLength());
        while (!reader.IsAtEnd)
        {
            var left = reader.Left;
            bounds.AddDimension(dimensions, reader.ReadVarint(), left - reader.Left);
        }

        reader.Leave(outer);
    }
}
