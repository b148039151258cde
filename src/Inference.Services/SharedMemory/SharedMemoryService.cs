using System.Collections.Concurrent;
using Inference.Core.Configuration;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.SharedMemory;
using Microsoft.Extensions.Logging;

namespace Inference.Services.SharedMemory;

/// <summary>
/// The regions that clients share with the server, by name. A region that is unregistered cannot be used by new requests at
/// once, and is let go when the last request that uses it is over. Thread-safe; requests take no lock.
/// </summary>
public sealed class SharedMemoryService(
    SharedMemoryOptions options, ISystemSharedMemory system, ICudaSharedMemory cuda, IInferenceMetrics metrics, ILogger<SharedMemoryService> logger) : IDisposable
{
    private readonly ConcurrentDictionary<string, RegisteredRegion> _regions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<SharedRegion, bool> _lost = new();
    private readonly Lock _gate = new();
    private long _mappedBytes;

    /// <summary>Bytes of the regions that are mapped, those included that are unregistered but still used.</summary>
    public long MappedBytes => Interlocked.Read(ref _mappedBytes);

    /// <summary>True where regions of the kind can be registered.</summary>
    public bool IsAvailable(RegionKind kind) => options.Enabled && MissingKind(kind) is null;

    /// <summary>Registers an object of the operating system.</summary>
    /// <exception cref="InferenceException">NotSupported, InvalidArgument, RegionExists, RegionNotFound, Overloaded.</exception>
    public void Register(string name, string key, ulong offset, ulong byteSize)
    {
        RequireAvailable(RegionKind.System);
        var (start, size) = (RegionNames.Bytes("offset", offset), RegionNames.Size(byteSize));
        Add(new RegisteredRegion(RegionKind.System, name, size) { Key = key, Offset = start }, () => system.Open(name, key, start, size));
    }

    /// <summary>Registers memory of a device.</summary>
    /// <exception cref="InferenceException">NotSupported, InvalidArgument, RegionExists, Overloaded.</exception>
    public void Register(string name, byte[] handle, long device, ulong byteSize)
    {
        RequireAvailable(RegionKind.Cuda);
        if (device is < 0 or > byte.MaxValue)
            throw InferenceException.InvalidArgument($"device_id is {device}; expected the index of a CUDA device.");
        var size = RegionNames.Size(byteSize);
        Add(new RegisteredRegion(RegionKind.Cuda, name, size) { Device = (int)device }, () => cuda.Open(name, handle, (int)device, size));
    }

    /// <summary>Unregisters a region of that kind, or all where the name is empty. One that is not registered is nothing to do for.</summary>
    /// <exception cref="InferenceException">NotSupported.</exception>
    public void Unregister(RegionKind kind, string name)
    {
        RequireAvailable(kind);
        foreach (var region in name.Length == 0 ? Of(kind) : [.. Of(kind).Where(r => r.Name == name)])
            Remove(region);
    }

    /// <summary>The region of that name, or all of the kind where the name is empty.</summary>
    /// <exception cref="InferenceException">NotSupported, RegionNotFound.</exception>
    public IReadOnlyList<RegisteredRegion> Status(RegionKind kind, string name)
    {
        RequireAvailable(kind);
        if (name.Length == 0)
            return Of(kind);
        return _regions.TryGetValue(name, out var region) && region.Kind == kind ? [region] : throw NotFound(name);
    }

    /// <summary>A part of a region for one tensor; the caller owns its one reference.</summary>
    /// <param name="location">The part.</param>
    /// <param name="owner">Whose it is, for errors: <c>input 'x'</c>.</param>
    /// <exception cref="InferenceException">NotSupported where regions are switched off, RegionNotFound, InvalidArgument, RegionLost.</exception>
    public SharedRange Take(SharedLocation location, string owner)
    {
        RequireEnabled();
        if (!_regions.TryGetValue(location.Region, out var registered))
            throw NotFound(location.Region);
        return registered.Region.Take(location, owner);
    }

    /// <summary>Says of a region that its memory is gone, the first time.</summary>
    public void ReportLost(SharedRegion region)
    {
        if (!_lost.TryAdd(region, true))
            return;
        metrics.SharedMemoryLost();
        logger.RegionLost(ErrorText.Quote(region.Name));
    }

    /// <summary>Unregisters everything.</summary>
    public void Dispose()
    {
        foreach (var region in _regions.Values)
            Remove(region);
    }

    private void Add(RegisteredRegion entry, Func<SharedRegion> open)
    {
        RegionNames.Check(entry.Name);
        lock (_gate)
        {
            if (_regions.ContainsKey(entry.Name))
                throw new InferenceException(ErrorCode.RegionExists, $"a shared memory region {ErrorText.Quote(entry.Name)} is registered already; unregister it first, or take another name.");
            if (_regions.Count >= options.MaxRegions)
                throw new InferenceException(ErrorCode.Overloaded, $"{_regions.Count} shared memory regions are registered, the server's limit (SharedMemory:MaxRegions); unregister some.");
            if (entry.ByteSize > options.MaxBytes - MappedBytes)
                throw new InferenceException(ErrorCode.Overloaded, $"region {ErrorText.Quote(entry.Name)} has {entry.ByteSize} bytes and {MappedBytes} are mapped; the server's limit is {options.MaxBytes} (SharedMemory:MaxBytes). Unregister others, or register a smaller part.");
            var region = open();
            Interlocked.Add(ref _mappedBytes, region.ByteSize);
            metrics.SharedMemoryChanged(1, region.ByteSize);
            region.Closed = OnClosed;
            _regions[entry.Name] = entry with { Region = region };
            logger.RegionRegistered(entry.Kind, ErrorText.Quote(entry.Name), entry.ByteSize, _regions.Count, MappedBytes);
        }
    }

    private void Remove(RegisteredRegion region)
    {
        // The very same one: another may have been registered under its name meanwhile.
        if (!_regions.TryRemove(KeyValuePair.Create(region.Name, region)))
            return;
        metrics.SharedMemoryChanged(-1, 0);
        logger.RegionUnregistered(region.Kind, ErrorText.Quote(region.Name), _regions.Count);
        region.Region.Release();
    }

    private void OnClosed(SharedRegion region)
    {
        _lost.TryRemove(region, out _);
        var left = Interlocked.Add(ref _mappedBytes, -region.ByteSize);
        metrics.SharedMemoryChanged(0, -region.ByteSize);
        logger.RegionClosed(ErrorText.Quote(region.Name), left);
    }

    private List<RegisteredRegion> Of(RegionKind kind) => [.. _regions.Values.Where(r => r.Kind == kind)];

    private InferenceException NotFound(string name) => new(
        ErrorCode.RegionNotFound,
        $"no shared memory region {ErrorText.Quote(name)} is registered; registered: {ErrorText.List(_regions.Keys.Order(StringComparer.Ordinal))}.{NearestName.Hint(name, [.. _regions.Keys])}");

    private void RequireAvailable(RegionKind kind)
    {
        // What the program cannot do at all is said before what it was told not to do.
        if (kind == RegionKind.Cuda && cuda.Unavailable is { } missing)
            throw new InferenceException(ErrorCode.NotSupported, $"CUDA shared memory is not available: {missing}.");
        RequireEnabled();
        if (MissingKind(kind) is { } why)
            throw new InferenceException(ErrorCode.NotSupported, $"shared memory is not available: {why}.");
    }

    private void RequireEnabled()
    {
        if (!options.Enabled)
            throw new InferenceException(ErrorCode.NotSupported, "shared memory is switched off on this server; send the data in the message, or have it started with Inference:SharedMemory:Enabled=true.");
    }

    private string? MissingKind(RegionKind kind) => kind == RegionKind.System ? system.Unavailable : cuda.Unavailable;
}
