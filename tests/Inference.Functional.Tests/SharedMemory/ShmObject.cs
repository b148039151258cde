using System.Runtime.InteropServices;
using Google.Protobuf.Collections;
using Inference.Adapters.Protocol;
using NUnit.Framework;

namespace Inference.Functional.Tests.SharedMemory;

/// <summary>A shared memory object as a client makes it; deleted at the end.</summary>
internal sealed class ShmObject : IDisposable
{
    private readonly FileStream _file;

    public ShmObject(long size)
    {
        _file = new FileStream(Path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _file.SetLength(size);
    }

    public string Key { get; } = $"/inference-test-{Guid.NewGuid():N}";

    public string Path => $"/dev/shm{Key}";

    /// <summary>Ends the test where there are no such objects.</summary>
    public static void Require()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/dev/shm"))
            Assert.Ignore("POSIX shared memory objects are served on Linux alone.");
    }

    /// <summary>Says in a tensor's parameters where its data is.</summary>
    public static void Place(MapField<string, InferParameter> parameters, string region, long size, long? offset = null)
    {
        parameters["shared_memory_region"] = new InferParameter { StringParam = region };
        parameters["shared_memory_byte_size"] = new InferParameter { Int64Param = size };
        if (offset is { } first)
            parameters["shared_memory_offset"] = new InferParameter { Int64Param = first };
    }

    public void Resize(long size) => _file.SetLength(size);

    public void Write<T>(long offset, params T[] values)
        where T : unmanaged => RandomAccess.Write(_file.SafeFileHandle, MemoryMarshal.AsBytes(values.AsSpan()), offset);

    public T[] Read<T>(long offset, int count)
        where T : unmanaged
    {
        var values = new T[count];
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        Assert.That(RandomAccess.Read(_file.SafeFileHandle, bytes, offset), Is.EqualTo(bytes.Length));
        return values;
    }

    public SystemSharedMemoryRegisterRequest Registration(string name, long size, long offset = 0) =>
        new() { Name = name, Key = Key, Offset = (ulong)offset, ByteSize = (ulong)size };

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(Path);
    }
}
