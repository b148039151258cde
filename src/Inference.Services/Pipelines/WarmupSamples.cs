using System.Buffers.Binary;
using System.Collections.Immutable;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Services.Pipelines;

/// <summary>First requests to a pipeline that somebody made up for it.</summary>
internal static class WarmupSamples
{
    private const long MostElements = 1 << 26;
    private const int Seed = 17;

    /// <summary>Answers each of them as often as told. One that fails stops no other.</summary>
    /// <returns>Why the first that failed did; null where none did.</returns>
    public static async Task<string?> RunAsync(Pipeline pipeline, ImmutableArray<WarmupSample> samples, CancellationToken cancellation)
    {
        var failures = new List<string>();
        foreach (var sample in samples)
        {
            if (await RunAsync(pipeline, sample, cancellation).ConfigureAwait(false) is { } failure)
                failures.Add($"warm-up {ErrorText.Quote(sample.Name)}: {failure}");
        }

        return failures.FirstOrDefault();
    }

    private static async Task<string?> RunAsync(Pipeline pipeline, WarmupSample sample, CancellationToken cancellation)
    {
        try
        {
            using var inputs = Inputs(pipeline, sample);
            for (var i = 0; i < sample.Runs; i++)
            {
                using var outputs = await pipeline.RunAsync(inputs, new RequestContext("warm-up", cancellation)).ConfigureAwait(false);
            }

            return null;
        }
        catch (InferenceException e) when (e.Code is not ErrorCode.Cancelled)
        {
            return e.Message;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "a file of its inputs cannot be read.";
        }
    }

    private static TensorSet Inputs(Pipeline pipeline, WarmupSample sample)
    {
        var inputs = new TensorSet(pipeline.Inputs.Count);
        try
        {
            foreach (var spec in pipeline.Inputs)
            {
                var input = sample.Inputs.FirstOrDefault(i => i.Name == spec.Name);
                inputs.Add(spec.Name, Input(spec, input ?? Default(spec, sample.Rows), sample.Rows));
            }

            return inputs;
        }
        catch
        {
            inputs.Dispose();
            throw;
        }
    }

    private static WarmupInput Default(TensorSpec spec, int rows) =>
        new(spec.Name, [.. spec.Dimensions.Skip(rows > 0 ? 1 : 0).Select(d => d == TensorSpec.Any ? 1 : d)], WarmupContent.Zeros);

    private static Tensor Input(TensorSpec spec, WarmupInput input, int rows)
    {
        var row = TensorShape.Create(input.Dimensions.AsSpan(), spec.Name);
        var shape = rows > 0 ? TensorShape.Create([rows, .. input.Dimensions], spec.Name) : row;
        if (shape.ElementCount > MostElements)
            throw InferenceException.InvalidArgument($"input {ErrorText.Quote(spec.Name)} of shape {shape} is too large to warm up with.");
        var content = input.Content switch
        {
            WarmupContent.File => Content(input.File, spec, row),
            WarmupContent.Random => Random(spec.Type, row),
            _ => new byte[row.ElementCount * Math.Max(spec.Type.ElementSize(), spec.Type == TensorType.Bytes ? TensorDataCheck.LengthPrefix : 0)],
        };
        return Tensor.Wrap(spec.Name, spec.Type, shape, rows > 1 ? Repeat(content, rows) : content);
    }

    private static byte[] Content(string path, TensorSpec spec, TensorShape row)
    {
        using var file = File.OpenRead(path);
        if (file.Length > MostElements)
            throw InferenceException.InvalidArgument($"the file of input {ErrorText.Quote(spec.Name)} has {file.Length} bytes, too many to warm up with.");
        var content = new byte[file.Length];
        file.ReadExactly(content);
        TensorDataCheck.Validate(spec.Name, spec.Type, row, content);
        return content;
    }

    private static byte[] Repeat(byte[] row, int rows)
    {
        var content = new byte[(long)row.Length * rows];
        for (var i = 0; i < rows; i++)
            row.CopyTo(content, (long)i * row.Length);
        return content;
    }

    // Values from 0 to 1, and whole numbers 0 and 1, which most models take.
    private static byte[] Random(TensorType type, TensorShape shape)
    {
        var random = new Random(Seed);
        var size = type == TensorType.Bytes ? TensorDataCheck.LengthPrefix + 1 : type.ElementSize();
        var content = new byte[shape.ElementCount * size];
        for (long offset = 0; offset < content.LongLength; offset += size)
            Write(content.AsSpan((int)offset, size), type, random.NextDouble());
        return content;
    }

    private static void Write(Span<byte> element, TensorType type, double value)
    {
        switch (type)
        {
            case TensorType.Float32:
                BinaryPrimitives.WriteSingleLittleEndian(element, (float)value);
                break;
            case TensorType.Float64:
                BinaryPrimitives.WriteDoubleLittleEndian(element, value);
                break;
            case TensorType.Float16:
                BinaryPrimitives.WriteHalfLittleEndian(element, (Half)value);
                break;
            case TensorType.BFloat16:
                BinaryPrimitives.WriteUInt16LittleEndian(element, (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16));
                break;
            case TensorType.Bytes:
                BinaryPrimitives.WriteInt32LittleEndian(element, 1);
                element[^1] = value < 0.5 ? (byte)'a' : (byte)'b';
                break;
            default:
                element[0] = value < 0.5 ? (byte)0 : (byte)1;
                break;
        }
    }
}
