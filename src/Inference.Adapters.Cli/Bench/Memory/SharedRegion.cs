using Google.Protobuf;
using Inference.Adapters.Protocol;
using Inference.Domain;

namespace Inference.Adapters.Cli.Bench.Memory;

/// <summary>
/// A POSIX shared memory object that this process made, and takes away when it is disposed of. On Linux it is a file, and what
/// is written to the file is what others see in their memory.
/// </summary>
internal sealed class SharedRegion : IDisposable
{
    private const string Folder = "/dev/shm";
    private const string RegionKey = "shared_memory_region", OffsetKey = "shared_memory_offset", SizeKey = "shared_memory_byte_size";
    private readonly FileStream _file;

    private SharedRegion(string name, FileStream file, long size) => (Name, _file, Size) = (name, file, size);

    /// <summary>Name of the region on the server.</summary>
    public string Name { get; }

    /// <summary>Name of the object, as shm_open takes it.</summary>
    public string Key => "/" + Name;

    /// <summary>Bytes.</summary>
    public long Size { get; }

    /// <summary>Makes an object that no other process has.</summary>
    /// <exception cref="UsageException">This machine has no shared memory of this kind.</exception>
    public static SharedRegion Create(string purpose, long size)
    {
        if (OperatingSystem.IsWindows() || !Directory.Exists(Folder))
            throw new UsageException($"--shared-memory system needs POSIX shared memory in {Folder}, which this machine does not have; leave the option out.");
        var name = $"inference-bench-{Environment.ProcessId}-{Path.GetRandomFileName().Replace(".", string.Empty, StringComparison.Ordinal)}-{purpose}";
        var file = new FileStream(Path.Combine(Folder, name), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            BufferSize = 0,
            PreallocationSize = size,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite,
        });
        file.SetLength(size);
        return new SharedRegion(name, file, size);
    }

    /// <summary>Writes data.</summary>
    public void Write(long offset, ReadOnlySpan<byte> data) => RandomAccess.Write(_file.SafeFileHandle, data, offset);

    /// <summary>The parameters by which a tensor names a part of this region.</summary>
    public void Describe(IDictionary<string, InferParameter> parameters, long offset, long size)
    {
        parameters[RegionKey] = new InferParameter { StringParam = Name };
        parameters[SizeKey] = new InferParameter { Int64Param = size };
        if (offset > 0)
            parameters[OffsetKey] = new InferParameter { Int64Param = offset };
    }

    /// <summary>Puts the data of outputs that lie in this region into their message, as if it had come that way.</summary>
    /// <exception cref="InferenceException">Internal, where an output names a part that there is not.</exception>
    public void Fill(ModelInferResponse response)
    {
        if (!response.Outputs.Any(o => o.Parameters.ContainsKey(RegionKey)))
            return;
        var raw = new Queue<ByteString>(response.RawOutputContents);
        response.RawOutputContents.Clear();
        foreach (var output in response.Outputs)
            response.RawOutputContents.Add(output.Parameters.ContainsKey(RegionKey) ? Read(output) : raw.Count > 0 ? raw.Dequeue() : ByteString.Empty);
    }

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_file.Name);
    }

    private ByteString Read(ModelInferResponse.Types.InferOutputTensor output)
    {
        var offset = output.Parameters.TryGetValue(OffsetKey, out var at) ? at.Int64Param : 0;
        var size = output.Parameters.TryGetValue(SizeKey, out var bytes) ? bytes.Int64Param : -1;
        if (output.Parameters[RegionKey].StringParam != Name || offset < 0 || size < 0 || offset > Size - size)
            throw new InferenceException(ErrorCode.Internal, $"output {ErrorText.Quote(output.Name)} names {size} bytes from {offset} of region {ErrorText.Quote(output.Parameters[RegionKey].StringParam)}, which is none of this load.");
        var data = new byte[size];
        RandomAccess.Read(_file.SafeFileHandle, data, offset);
        return ByteString.CopyFrom(data);
    }
}
