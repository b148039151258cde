using System.Runtime.InteropServices;
using Google.Protobuf;
using Inference.Adapters.Cli.Bench.Memory;
using Inference.Adapters.Cli.Remote;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>
/// What a server answered to a request alone, and so must answer under load. A batch may add in another order than one row
/// does, so the last bits of floating-point numbers may differ. Thread-safe.
/// </summary>
/// <param name="outputs">What the answer held; not disposed of.</param>
/// <param name="region">Where the answers' data is; null where they hold it themselves.</param>
internal sealed class ExpectedAnswer(TensorSet outputs, SharedRegion? region = null)
{
    private const double Absolute = 1e-5, Relative = 1e-4, HalfRelative = 1e-2;

    /// <summary>Null where an answer is right, else what is wrong with it.</summary>
    public string? Check(ReadOnlySpan<byte> message)
    {
        try
        {
            var response = ModelInferResponse.Parser.ParseFrom(message);
            region?.Fill(response);
            using var answer = ResponseDecoder.Decode(response);
            return Check(answer.Outputs);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InferenceException)
        {
            return e.Message;
        }
    }

    private string? Check(TensorSet answer)
    {
        if (answer.Count != outputs.Count)
            return $"it has {answer.Count} outputs, expected {outputs.Count}";
        foreach (var (name, tensor) in answer)
        {
            if (outputs.Find(name) is not { } expected)
                return $"it has an output {ErrorText.Quote(name)}, which the answer to the request alone had not";
            if (tensor.Type != expected.Type || tensor.Shape != expected.Shape)
                return $"output {ErrorText.Quote(name)} is {tensor.Type.ProtocolName()}{tensor.Shape}, expected {expected.Type.ProtocolName()}{expected.Shape}";
            if (!tensor.Data.Span.SequenceEqual(expected.Data.Span) && Difference(tensor, expected) is { } difference)
                return $"output {ErrorText.Quote(name)}: {difference}";
        }

        return null;
    }

    private static string? Difference(Tensor answer, Tensor expected) => expected.Type switch
    {
        TensorType.Float32 => Difference<float>(answer, expected, Relative, v => v),
        TensorType.Float64 => Difference<double>(answer, expected, Relative, v => v),
        TensorType.Float16 => Difference<Half>(answer, expected, HalfRelative, v => (double)v),
        TensorType.BFloat16 => Difference<ushort>(answer, expected, HalfRelative, v => BitConverter.UInt32BitsToSingle((uint)v << 16)),
        _ => "its data differs",
    };

    private static string? Difference<T>(Tensor answer, Tensor expected, double relative, Func<T, double> number)
        where T : unmanaged
    {
        var got = MemoryMarshal.Cast<byte, T>(answer.Data.Span);
        var wanted = MemoryMarshal.Cast<byte, T>(expected.Data.Span);
        for (var i = 0; i < got.Length; i++)
        {
            var (value, right) = (number(got[i]), number(wanted[i]));

            // Written so that NaN is wrong where a number is expected.
            if (!(Math.Abs(value - right) <= Absolute + (relative * Math.Abs(right))) && !(double.IsNaN(right) && double.IsNaN(value)) && !value.Equals(right))
                return FormattableString.Invariant($"element {i} is {value}, expected {right}");
        }

        return null;
    }
}
