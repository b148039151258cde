using System.Runtime.InteropServices;
using Inference.Domain;

namespace Inference.Infra.OnnxRuntime.Native;

/// <summary>
/// Functions of ONNX Runtime that its managed package leaves out. They stand at fixed places of a table that later versions
/// only add to (onnxruntime_c_api.h). Thread-safe.
/// </summary>
internal static unsafe partial class NativeTable
{
    // The version of the table that all of these functions are in.
    private const uint Version = 25;
    private const int GetErrorCode = 1;
    private const int GetErrorMessage = 2;
    private const int ReleaseStatus = 93;
    private const int InvalidArgument = 2;

    private static readonly nint* Table = Load();

    /// <summary>The function at that place.</summary>
    public static nint Function(int place) => Table[place];

    /// <summary>Throws what a function returned, unless that is null.</summary>
    /// <exception cref="InferenceException">LoadFailed with the runtime's text.</exception>
    public static void Check(nint status)
    {
        if (status != 0)
            throw new InferenceException(ErrorCode.LoadFailed, TakeError(status).Message);
    }

    /// <summary>What a function that failed has returned, which is gone then.</summary>
    public static NativeRunException TakeError(nint status)
    {
        var code = ((delegate* unmanaged<nint, int>)Table[GetErrorCode])(status);
        var text = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Table[GetErrorMessage])(status));
        ((delegate* unmanaged<nint, void>)Table[ReleaseStatus])(status);
        return new NativeRunException(code == InvalidArgument, text ?? "the runtime does not say what is wrong.");
    }

    // The base holds two functions: the first gives the table.
    private static nint* Load()
    {
        var table = ((delegate* unmanaged<uint, nint*>)GetApiBase()[0])(Version);
        return table is not null ? table : throw new InvalidOperationException($"ONNX Runtime has no interface of version {Version}.");
    }

    [LibraryImport("onnxruntime", EntryPoint = "OrtGetApiBase")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static partial nint* GetApiBase();
}
