using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Binding;
using Inference.Infra.OnnxRuntime.Execution;
using Inference.Infra.OnnxRuntime.Memory;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Sessions;

/// <summary>A lane of a session, which it shares with the other lanes. Has its own run options, by which its run is ended early.</summary>
internal abstract class SessionLane : Lane
{
    private readonly string _label;
    private readonly InputBinding[] _inputs;
    private readonly IReadOnlyList<TensorSpec> _outputs;
    private readonly RunSizes? _sizes;

    protected SessionLane(SessionHandle session, ModelSpec spec, string label)
    {
        Handle = session;
        Spec = spec;
        _label = label;
        _outputs = spec.Outputs;
        _sizes = session.AddLane();
        _inputs = new InputBinding[spec.Inputs.Length];

        // What fails in a run is told to its caller; the log would only repeat it, as often as clients wish.
        RunOptions = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
    }

    protected SessionHandle Handle { get; }

    protected ModelSpec Spec { get; }

    protected RunOptions RunOptions { get; }

    public sealed override TensorSet Run(TensorSet inputs, IReadOnlyList<OutputPlace> places)
    {
        var (bound, bytes) = (0, 0L);
        try
        {
            for (; bound < _inputs.Length; bound++)
            {
                var input = inputs.Get(Spec.Inputs[bound].Name);
                _inputs[bound] = InputBinding.Create(input);
                bytes += input.Data.Length;
            }

            _sizes?.Note(bytes);
            return RunPlaced(_inputs, inputs, places) ?? OutputBinding.Take(_outputs, Run(_inputs), _inputs, Handle);
        }
        catch (Exception e) when (e is not InferenceException)
        {
            throw RuntimeErrors.OfRun(_label, e);
        }
        finally
        {
            for (var i = 0; i < bound; i++)
                _inputs[i].Dispose();
            Array.Clear(_inputs);
        }
    }

    public sealed override void Terminate() => RunOptions.Terminate = true;

    public sealed override void Reset() => RunOptions.Terminate = false;

    /// <summary>Runs the session once and has it write outputs where they are wanted; null, without a run that counts, where it cannot.</summary>
    protected virtual TensorSet? RunPlaced(ReadOnlySpan<InputBinding> bindings, TensorSet inputs, IReadOnlyList<OutputPlace> places) => null;

    /// <summary>Runs the session once.</summary>
    /// <returns>All outputs in host memory, in the spec's order; the caller disposes of them.</returns>
    protected abstract IReadOnlyList<OrtValue> Run(ReadOnlySpan<InputBinding> inputs);

    protected override void Dispose(bool disposing) => RunOptions.Dispose();
}
