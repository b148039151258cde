using System.Runtime.InteropServices;
using Inference.Adapters.Protocol;

namespace Inference.Benchmarks.Load.Requests;

/// <summary>Compares the numbers of answers. A batch may add in another order than one row does, so the last bits may differ.</summary>
internal static class Numbers
{
    private const float Absolute = 1e-5f, Relative = 1e-4f;

    // Answers to different rows must lie this many tolerances apart.
    private const float Apart = 8;

    /// <summary>The numbers of an answer with one raw FP32 output.</summary>
    public static ReadOnlySpan<float> Of(ModelInferResponse answer, out string? problem)
    {
        problem = answer switch
        {
            { Outputs.Count: not 1 } => $"it has {answer.Outputs.Count} outputs, expected 1",
            { RawOutputContents.Count: not 1 } => $"it has {answer.RawOutputContents.Count} raw contents, expected 1",
            _ when answer.Outputs[0].Datatype != "FP32" => $"its datatype is {answer.Outputs[0].Datatype}, expected FP32",
            _ => null,
        };
        return problem is null ? MemoryMarshal.Cast<byte, float>(answer.RawOutputContents[0].Span) : [];
    }

    /// <summary>Null when an answer is right, else what is wrong with it.</summary>
    public static string? Check(ModelInferResponse answer, ReadOnlySpan<float> expected)
    {
        var numbers = Of(answer, out var problem);
        if (problem is not null)
            return problem;
        if (numbers.Length != expected.Length)
            return $"it has {numbers.Length} numbers, expected {expected.Length}";
        for (var i = 0; i < numbers.Length; i++)
        {
            // Written so that NaN is wrong.
            if (!(Math.Abs(numbers[i] - expected[i]) <= Tolerance(expected[i])))
                return $"number {i} is {numbers[i]}, expected {expected[i]}";
        }

        return null;
    }

    /// <summary>Do two answers differ by more than rounding can explain?</summary>
    public static bool Differ(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        if (one.Length != other.Length)
            return true;
        for (var i = 0; i < one.Length; i++)
        {
            if (Math.Abs(one[i] - other[i]) > Apart * Tolerance(one[i]))
                return true;
        }

        return false;
    }

    private static float Tolerance(float expected) => Absolute + Relative * Math.Abs(expected);
}
