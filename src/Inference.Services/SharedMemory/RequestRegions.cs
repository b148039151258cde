using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Services.SharedMemory;

/// <summary>What one request has in shared memory, kept until it is disposed of: when no run uses it any more.</summary>
internal sealed class RequestRegions : IDisposable
{
    // Above this, copying inputs together with those of others takes longer than a shared run saves.
    private const long LeastBytesAlone = 1 << 20;

    private readonly SharedMemoryService _memory;
    private readonly InferenceRequest _request;
    private readonly List<SharedRange> _inputs = [];
    private readonly SharedRange?[] _outputs;

    private RequestRegions(SharedMemoryService memory, InferenceRequest request)
    {
        _memory = memory;
        _request = request;
        _outputs = new SharedRange?[request.Outputs.Count];
    }

    /// <summary>Where outputs were written, in the order asked for.</summary>
    public IReadOnlyList<SharedLocation?> Locations { get; private set; } = [];

    /// <summary>Adds the inputs that are in shared memory to the request's. Null where it has nothing there.</summary>
    /// <exception cref="InferenceException">NotSupported, RegionNotFound, InvalidArgument, RegionLost.</exception>
    public static RequestRegions? Open(SharedMemoryService memory, InferenceRequest request)
    {
        if (request.SharedInputs.Count == 0 && !HasLocation(request.Outputs))
            return null;
        var regions = new RequestRegions(memory, request);
        try
        {
            foreach (var input in request.SharedInputs)
                regions.Add(input);
            regions.TakeOutputs();
            return regions;
        }
        catch
        {
            regions.Dispose();
            throw;
        }
    }

    /// <summary>Tells the executor where outputs are wanted.</summary>
    /// <exception cref="InferenceException">InvalidArgument where there would be several outputs for one place.</exception>
    public void Prepare(RequestContext context, Pipeline pipeline)
    {
        context.RunsAlone = _request.Inputs.Sum(i => i.Tensor.Shared?.Length ?? 0L) >= LeastBytesAlone;
        if (Locations.Count > 0 && pipeline.IsDecoupled)
            throw InferenceException.InvalidArgument($"{pipeline.Key.Describe()} answers a request several times, and each answer would be written over the one before; leave out the shared memory of its outputs.");

        // Behind a component the model's outputs are not the pipeline's; classes are made of an output and are not it.
        if (!pipeline.HasComponents)
            context.Places = [.. _request.Outputs.Select((o, i) => o.Classes == 0 ? _outputs[i] : null).Select(Place).OfType<OutputPlace>()];
    }

    /// <summary>Has the outputs where they are wanted; takes over those that the request asked for, in its order.</summary>
    /// <exception cref="InferenceException">InvalidArgument where there is not enough room; RegionLost.</exception>
    public TensorSet Put(TensorSet selected)
    {
        if (LostError() is { } lost)
        {
            selected.Dispose();
            throw lost;
        }

        if (Locations.Count == 0)
            return selected;
        using (selected)
        {
            CheckRoom(selected);
            var put = new TensorSet(selected.Count);
            try
            {
                for (var i = 0; i < selected.Count; i++)
                    put.Add(selected[i].Name, Put(selected[i].Tensor, _outputs[i]));
                return put;
            }
            catch
            {
                put.Dispose();
                throw;
            }
        }
    }

    /// <summary>Why the run read or wrote what was not its client's; null where it did not.</summary>
    public InferenceException? LostError()
    {
        foreach (var range in _inputs.Concat(_outputs.OfType<SharedRange>()))
        {
            if (!range.Region.IsLost)
                continue;
            _memory.ReportLost(range.Region);
            return SharedRange.LostError(range.Region.Name);
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var range in _inputs)
            range.Release();
        foreach (var range in _outputs)
            range?.Release();
        _inputs.Clear();
        Array.Clear(_outputs);
    }

    private static bool HasLocation(IReadOnlyList<RequestedOutput> outputs)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Location is not null)
                return true;
        }

        return false;
    }

    private static Tensor Put(Tensor tensor, SharedRange? range)
    {
        if (range is null || ReferenceEquals(tensor.Shared, range))
            return tensor.Share();
        range.Write(tensor.Data.Span);
        return Tensor.Placed(tensor.Type, tensor.Shape, range, tensor.Data.Length);
    }

    private void Add(SharedInput input)
    {
        var range = _memory.Take(input.Location, $"input {ErrorText.Quote(input.Name)}");
        _inputs.Add(range);
        var tensor = SharedInputs.ToTensor(input, range);
        try
        {
            _request.Inputs.Add(input.Name, tensor);
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private void TakeOutputs()
    {
        for (var i = 0; i < _outputs.Length; i++)
        {
            var output = _request.Outputs[i];
            if (output.Location is null)
                continue;
            var range = _outputs[i] = _memory.Take(output.Location, $"output {ErrorText.Quote(output.Name)}");
            for (var j = 0; j < i; j++)
            {
                if (_outputs[j]?.Overlaps(range) == true)
                    throw InferenceException.InvalidArgument($"outputs {ErrorText.Quote(_request.Outputs[j].Name)} and {ErrorText.Quote(output.Name)} are wanted at places in shared memory that overlap; give each room of its own.");
            }
        }

        if (HasLocation(_request.Outputs))
            Locations = [.. _request.Outputs.Select(o => o.Location)];
    }

    private OutputPlace? Place(SharedRange? range, int index) => range is null ? null : new OutputPlace(_request.Outputs[index].Name, range);

    // Before anything is written, so that a client gets all of its outputs or none.
    private void CheckRoom(TensorSet selected)
    {
        for (var i = 0; i < selected.Count; i++)
        {
            var (name, tensor) = selected[i];
            if (_outputs[i] is { } range && tensor.Data.Length > range.Length)
            {
                throw InferenceException.InvalidArgument(
                    $"output {ErrorText.Quote(name)} of shape {tensor.Shape} takes {tensor.Data.Length} bytes, but its shared_memory_byte_size is {range.Length}; give it more room, or send fewer rows.");
            }
        }
    }
}
