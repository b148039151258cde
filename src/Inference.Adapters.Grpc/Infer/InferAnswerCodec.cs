using System.Buffers;
using Grpc.Core;
using Inference.Adapters.Grpc.Infer.Wire;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;
using Output = Inference.Adapters.Protocol.ModelInferResponse.Types.InferOutputTensor;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>
/// Writes answers to the wire without messages in between: raw outputs go from the tensors' memory straight into the
/// transport's. The answer stays the caller's and may be disposed of as soon as it is written. Thread-safe.
/// </summary>
internal static class InferAnswerCodec
{
    private const byte ModelName = (ModelInferResponse.ModelNameFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte ModelVersion = (ModelInferResponse.ModelVersionFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte Id = (ModelInferResponse.IdFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte Parameter = (ModelInferResponse.ParametersFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte OutputTensor = (ModelInferResponse.OutputsFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte RawContents = (ModelInferResponse.RawOutputContentsFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte OutputName = (Output.NameFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte Datatype = (Output.DatatypeFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte Shape = (Output.ShapeFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte OutputParameter = (Output.ParametersFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte Contents = (Output.ContentsFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte ErrorMessage = (ModelStreamInferResponse.ErrorMessageFieldNumber << 3) | (byte)WireTypes.Length;
    private const byte InferResponse = (ModelStreamInferResponse.InferResponseFieldNumber << 3) | (byte)WireTypes.Length;

    /// <summary>Writes the answer as a ModelInferResponse.</summary>
    public static void Write(InferAnswer answer, SerializationContext context)
    {
        // With the length known, the library lets the message go straight to the transport.
        context.SetPayloadLength(checked((int)Size(answer)));
        Write(answer, context.GetBufferWriter());
        context.Complete();
    }

    /// <summary>Writes the answer as a ModelInferResponse.</summary>
    public static void Write(InferAnswer answer, IBufferWriter<byte> target)
    {
        var writer = new WireWriter(target);
        Write(ref writer, answer);
        writer.Flush();
    }

    /// <summary>Writes the answer as a ModelStreamInferResponse.</summary>
    public static void WriteStreamed(InferAnswer answer, SerializationContext context)
    {
        var size = Size(answer);
        context.SetPayloadLength(checked((int)(WireWriter.SizeOf(answer.Error) + WireWriter.SizeOfPart(size))));
        var writer = new WireWriter(context.GetBufferWriter());
        writer.Write(ErrorMessage, answer.Error);
        writer.WriteHead(InferResponse, size);
        Write(ref writer, answer);
        writer.Flush();
        context.Complete();
    }

    /// <summary>Bytes of the answer as a ModelInferResponse.</summary>
    public static long Size(InferAnswer answer)
    {
        var size = WireWriter.SizeOf(answer.ModelName) + WireWriter.SizeOf(answer.Version) + WireWriter.SizeOf(answer.Id) + ParameterWriter.Size(answer.Parameters);
        for (var i = 0; i < answer.Outputs?.Count; i++)
        {
            size += WireWriter.SizeOfPart(OutputSize(answer, i, ContentsSize(answer, i)));
            if (answer.HasRawContents)
                size += WireWriter.SizeOfPart((long)answer.DataOf(i).Length);
        }

        return size;
    }

    /// <summary>Writes all of a ModelInferResponse but its raw outputs, which come last; each is written as a head and its data.</summary>
    public static void WriteBeforeRaw(InferAnswer answer, IBufferWriter<byte> target)
    {
        var writer = new WireWriter(target);
        WriteBeforeRaw(ref writer, answer);
        writer.Flush();
    }

    /// <summary>Writes what comes before the data of a raw output of that length.</summary>
    public static void WriteRawHead(int length, IBufferWriter<byte> target)
    {
        var writer = new WireWriter(target);
        writer.WriteHead(RawContents, length);
        writer.Flush();
    }

    private static void Write(ref WireWriter writer, InferAnswer answer)
    {
        WriteBeforeRaw(ref writer, answer);
        for (var i = 0; i < answer.Outputs?.Count && answer.HasRawContents; i++)
        {
            var data = answer.DataOf(i).Span;
            writer.WriteHead(RawContents, data.Length);
            writer.Write(data);
        }
    }

    private static void WriteBeforeRaw(ref WireWriter writer, InferAnswer answer)
    {
        writer.Write(ModelName, answer.ModelName);
        writer.Write(ModelVersion, answer.Version);
        writer.Write(Id, answer.Id);
        ParameterWriter.Write(ref writer, Parameter, answer.Parameters);
        for (var i = 0; i < answer.Outputs?.Count; i++)
            WriteOutput(ref writer, answer, i, ContentsSize(answer, i));
    }

    private static void WriteOutput(ref WireWriter writer, InferAnswer answer, int index, long contents)
    {
        var (name, tensor) = answer.Outputs![index];
        writer.WriteHead(OutputTensor, OutputSize(answer, index, contents));
        writer.Write(OutputName, name);
        writer.Write(Datatype, tensor.Type.ProtocolName());
        var shape = tensor.Shape.Dimensions.AsSpan();
        if (!shape.IsEmpty)
        {
            writer.WriteHead(Shape, ShapeSize(shape));
            foreach (var dimension in shape)
                writer.WriteVarint((ulong)dimension);
        }

        if (answer.LocationOf(index) is { } location)
            ParameterWriter.Write(ref writer, OutputParameter, SharedParameters.Of(location));
        if (contents < 0)
            return;
        writer.WriteHead(Contents, contents);
        TypedOutput.Write(ref writer, tensor);
    }

    private static long OutputSize(InferAnswer answer, int index, long contents)
    {
        var (name, tensor) = answer.Outputs![index];
        long size = WireWriter.SizeOf(name) + WireWriter.SizeOf(tensor.Type.ProtocolName());
        var shape = tensor.Shape.Dimensions.AsSpan();
        if (!shape.IsEmpty)
            size += WireWriter.SizeOfPart(ShapeSize(shape));
        if (answer.LocationOf(index) is { } location)
            size += ParameterWriter.Size(SharedParameters.Of(location));
        return contents < 0 ? size : size + WireWriter.SizeOfPart(contents);
    }

    // Below 0 where the output has none.
    private static long ContentsSize(InferAnswer answer, int index) =>
        answer.Form == TensorForm.Typed && answer.LocationOf(index) is null ? TypedOutput.Size(answer.Outputs![index].Tensor) : -1;

    private static long ShapeSize(ReadOnlySpan<long> shape)
    {
        long size = 0;
        foreach (var dimension in shape)
            size += WireWriter.SizeOf((ulong)dimension);
        return size;
    }
}
