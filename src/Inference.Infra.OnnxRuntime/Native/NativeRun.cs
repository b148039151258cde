using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Native;

/// <summary>
/// Runs a session through the runtime's own table: the managed package makes five objects for the names and values of every
/// run, which here are made once. One run at a time. The session must outlive it.
/// </summary>
internal sealed unsafe class NativeRun : IDisposable
{
    private const int RunPlace = 9;
    private readonly nint _session;
    private readonly nint[] _inputNames;
    private readonly nint[] _outputNames;
    private readonly nint[] _inputs;
    private readonly nint[] _outputs;
    private readonly OrtValue[] _values;

    /// <summary>Prepares runs.</summary>
    /// <param name="session">The session.</param>
    /// <param name="inputs">Names of the inputs, in the order in which runs give them.</param>
    /// <param name="outputs">Names of the outputs, all of them tensors, in the order in which runs return them.</param>
    public NativeRun(InferenceSession session, IEnumerable<string> inputs, IEnumerable<string> outputs)
    {
        _session = HandleOf(session);
        _inputNames = [.. inputs.Select(Marshal.StringToCoTaskMemUTF8)];
        _outputNames = [.. outputs.Select(Marshal.StringToCoTaskMemUTF8)];
        _inputs = new nint[_inputNames.Length];
        _outputs = new nint[_outputNames.Length];
        _values = new OrtValue[_outputNames.Length];
    }

    /// <summary>Sets an input of the next run, which must be there until that is over.</summary>
    public void SetInput(int index, OrtValue value) => _inputs[index] = HandleOf(value);

    /// <summary>Runs the session once.</summary>
    /// <returns>The outputs, which the caller disposes of; the list itself is the next run's, too.</returns>
    /// <exception cref="NativeRunException">What the runtime says against it.</exception>
    public IReadOnlyList<OrtValue> Run(RunOptions options)
    {
        Array.Clear(_outputs);
        nint status;
        fixed (nint* inputNames = _inputNames, outputNames = _outputNames, inputs = _inputs, outputs = _outputs)
        {
            status = ((delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)NativeTable.Function(RunPlace))(
                _session, options.DangerousGetHandle(), inputNames, inputs, (nuint)_inputs.Length, outputNames, (nuint)_outputs.Length, outputs);
        }

        if (status != 0)
            throw NativeTable.TakeError(status);
        for (var i = 0; i < _values.Length; i++)
            _values[i] = Wrap(_outputs[i], OnnxValueType.ONNX_TYPE_TENSOR);
        return _values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var name in _inputNames.Concat(_outputNames))
            Marshal.FreeCoTaskMem(name);
    }

    // The package keeps these to itself.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Handle")]
    private static extern nint HandleOf(InferenceSession session);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Handle")]
    private static extern nint HandleOf(OrtValue value);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern OrtValue Wrap(nint handle, OnnxValueType type);
}
