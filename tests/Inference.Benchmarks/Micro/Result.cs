using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Inference.Benchmarks.Micro;

/// <summary>Checks what a benchmark computed, so that a fast wrong answer fails the run. Costs one comparison.</summary>
internal static class Result
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MustBe<T>(T expected, T actual, [CallerMemberName] string benchmark = "")
        where T : IEquatable<T>
    {
        if (!expected.Equals(actual))
            Fail(benchmark, expected, actual);
    }

    [DoesNotReturn]
    private static void Fail<T>(string benchmark, T expected, T actual) =>
        throw new InvalidOperationException($"{benchmark} gave {actual}, expected {expected}.");
}
