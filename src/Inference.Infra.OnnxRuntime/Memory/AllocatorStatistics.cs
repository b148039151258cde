using System.Globalization;
using System.Runtime.InteropServices;
using Inference.Infra.OnnxRuntime.Native;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Memory;

/// <summary>What an allocator of a session tells of itself. Thread-safe.</summary>
internal static unsafe class AllocatorStatistics
{
    private const int GetStats = 319;
    private const int GetKeyValue = 297;
    private const int ReleaseKeyValuePairs = 300;

    /// <summary>Bytes that it has from the system, and of those the bytes in use; zeros where it has no arena, and counts nothing.</summary>
    public static (long Total, long Used) Read(OrtAllocator allocator)
    {
        nint pairs = 0;
        NativeTable.Check(((delegate* unmanaged<nint, nint*, nint>)NativeTable.Function(GetStats))(allocator.DangerousGetHandle(), &pairs));
        try
        {
            return (Value(pairs, "TotalAllocated\0"u8), Value(pairs, "InUse\0"u8));
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)NativeTable.Function(ReleaseKeyValuePairs))(pairs);
        }
    }

    private static long Value(nint pairs, ReadOnlySpan<byte> key)
    {
        fixed (byte* name = key)
        {
            var value = ((delegate* unmanaged<nint, byte*, nint>)NativeTable.Function(GetKeyValue))(pairs, name);
            return value != 0 && long.TryParse(Marshal.PtrToStringUTF8(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;
        }
    }
}
