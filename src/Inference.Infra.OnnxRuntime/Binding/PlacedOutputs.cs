using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Binding;

/// <summary>The outputs of one run, some of which are written where the client wants them. Disposed of after the run.</summary>
internal sealed class PlacedOutputs : IDisposable
{
    private readonly PlacedOutput?[] _placed;

    private PlacedOutputs(PlacedOutput?[] placed) => _placed = placed;

    /// <summary>Null where none can be written where it is wanted.</summary>
    /// <exception cref="InferenceException">InvalidArgument where the room for one is too small.</exception>
    public static PlacedOutputs? Create(ModelSpec spec, TensorSet inputs, IReadOnlyList<OutputPlace> places)
    {
        var outputs = new PlacedOutputs(new PlacedOutput?[spec.Outputs.Length]);
        try
        {
            var any = false;
            for (var i = 0; i < spec.Outputs.Length; i++)
            {
                outputs._placed[i] = PlacedOutput.Create(spec, spec.Outputs[i], inputs, places);
                any |= outputs._placed[i] is not null;
            }

            return any ? outputs : null;
        }
        catch
        {
            outputs.Dispose();
            throw;
        }
    }

    /// <summary>The error of an output that is larger than the room for it.</summary>
    public static InferenceException NoRoom(string output, TensorShape shape, long length, long room) => InferenceException.InvalidArgument(
        $"output {ErrorText.Quote(output)} of shape {shape} takes {length} bytes, but its shared_memory_byte_size is {room}; give it more room, or send fewer rows.");

    /// <summary>Says where each output goes: to its place, or to memory that the runtime allocates.</summary>
    public void Bind(OrtIoBinding binding, IReadOnlyList<TensorSpec> specs)
    {
        for (var i = 0; i < _placed.Length; i++)
        {
            if (_placed[i] is { } placed)
                binding.BindOutput(specs[i].Name, placed.Value);
            else
                binding.BindOutputToDevice(specs[i].Name, OrtMemoryInfo.DefaultInstance);
        }
    }

    /// <summary>The output where it is wanted; null where it is not there.</summary>
    public Tensor? Find(int index, TensorType type, nint data) =>
        _placed[index] is { } placed && placed.Range.Address == data ? placed.ToTensor(type) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var placed in _placed)
            placed?.Dispose();
    }
}
