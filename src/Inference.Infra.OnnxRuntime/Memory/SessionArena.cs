using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Binding;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Memory;

/// <summary>
/// The memory that a session has for what its runs compute on the CPU. It grows to what the largest runs at one time needed and
/// stays so. Thread-safe; runs may be under way.
/// </summary>
internal sealed class SessionArena : IDisposable
{
    // What is left of a shrunk arena grows again within the next runs.
    private const long WorthShrinking = 4 << 20;

    private readonly Lock _gate = new();
    private readonly InferenceSession _session;
    private readonly ModelSpec _spec;
    private readonly OrtAllocator _allocator;
    private readonly RunOptions _options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
    private bool _isClosed;

    /// <summary>Of an open session; to be disposed of before it.</summary>
    public SessionArena(InferenceSession session, ModelSpec spec)
    {
        _session = session;
        _spec = spec;
        _allocator = new OrtAllocator(session, OrtMemoryInfo.DefaultInstance);
        _options.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");

        // The runtime shrinks arenas at the end of a run only, and ends a run that is told to before it computes anything.
        _options.Terminate = true;
    }

    /// <summary>Gives what no run uses back, if that is worth it.</summary>
    /// <returns>Bytes that were given back.</returns>
    public long Shrink()
    {
        lock (_gate)
        {
            if (_isClosed)
                return 0;
            var (total, used) = AllocatorStatistics.Read(_allocator);
            if (total - used < WorthShrinking)
                return 0;
            RunNothing();
            return Math.Max(0, total - AllocatorStatistics.Read(_allocator).Total);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            _options.Dispose();
            _allocator.Dispose();
        }
    }

    private void RunNothing()
    {
        var inputs = new List<(Tensor Tensor, InputBinding Binding)>(_spec.Inputs.Length);
        try
        {
            foreach (var input in _spec.Inputs)
                inputs.Add(Smallest(input));
            foreach (var output in _session.Run(_options, _session.InputNames, [.. inputs.Select(i => i.Binding.Value)], [_spec.Outputs[0].Name]))
                output.Dispose();
        }
        catch (OnnxRuntimeException)
        {
            // It was ended, as it should be.
        }
        finally
        {
            foreach (var (tensor, binding) in inputs)
            {
                binding.Dispose();
                tensor.Dispose();
            }
        }
    }

    private static (Tensor Tensor, InputBinding Binding) Smallest(TensorSpec spec)
    {
        var shape = TensorShape.Create([.. spec.Dimensions.Select(d => d == TensorSpec.Any ? 1 : d)], spec.Name);
        var tensor = spec.Type == TensorType.Bytes ? Tensor.Wrap(spec.Name, spec.Type, shape, new byte[shape.ElementCount * sizeof(int)]) : Tensor.Allocate(spec.Type, shape);
        try
        {
            return (tensor, InputBinding.Create(tensor));
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }
}
