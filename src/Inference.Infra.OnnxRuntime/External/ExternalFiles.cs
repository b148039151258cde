using Inference.Domain;
using Microsoft.Win32.SafeHandles;

namespace Inference.Infra.OnnxRuntime.External;

/// <summary>The files beside an artefact that its data lie in, opened once each. Not thread-safe.</summary>
/// <param name="folder">The artefact's.</param>
internal sealed class ExternalFiles(string folder) : IDisposable
{
    private readonly Dictionary<string, SafeFileHandle> _files = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _noted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Length, DateTime Written)> _states = new(StringComparer.Ordinal);

    /// <summary>Files of which initializers were noted.</summary>
    public IEnumerable<string> Noted => _noted;

    /// <summary>Remembers the file of an initializer, and looks whether the data are there.</summary>
    public void Note(TensorHeader tensor)
    {
        Require(tensor);
        _noted.Add(tensor.Location);
    }

    /// <summary>The data of one tensor.</summary>
    public byte[] Read(TensorHeader tensor)
    {
        Require(tensor);
        if (tensor.Length > Array.MaxLength)
            throw Failure(tensor, $"{tensor.Length} bytes outside of the model's own graph are too many");
        var data = new byte[tensor.Length];
        Fill(tensor.Location, data, tensor.Offset);
        return data;
    }

    /// <summary>Bytes of a file.</summary>
    public long Length(string location) => _states[location].Length;

    /// <summary>Reads that part of a file.</summary>
    public void Fill(string location, Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            var read = RandomAccess.Read(_files[location], target, offset);
            if (read == 0)
                throw Changed(location);
            target = target[read..];
            offset += read;
        }
    }

    /// <summary>Throws where a file has been written to since it was opened.</summary>
    public void RequireUnchanged()
    {
        foreach (var (location, file) in _files)
        {
            if (State(file) != _states[location])
                throw Changed(location);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    private void Require(TensorHeader tensor)
    {
        if (!_files.ContainsKey(tensor.Location))
            Open(tensor);
        var length = Length(tensor.Location);
        if (tensor.Offset > length || tensor.Length > length - tensor.Offset)
            throw Failure(tensor, $"it has {length} bytes, and {tensor.Length} are wanted from byte {tensor.Offset} on; copy it again");
    }

    private void Open(TensorHeader tensor)
    {
        if (Path.IsPathRooted(tensor.Location))
            throw Failure(tensor, "its path is absolute");
        try
        {
            var file = ContainedFile.Open(folder, tensor.Location);
            _files.Add(tensor.Location, file);
            _states.Add(tensor.Location, State(file));
        }
        catch (InferenceException e)
        {
            throw new InferenceException(ErrorCode.LoadFailed, $"tensor {ErrorText.Quote(tensor.Name)}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Failure(tensor, "it cannot be read; check that it is a file and that the server's user may read it", e);
        }
    }

    private static (long Length, DateTime Written) State(SafeFileHandle file) => (RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file));

    private static InferenceException Changed(string location) =>
        new(ErrorCode.LoadFailed, $"file {ErrorText.Quote(location)} changed while it was read; load the model again once it is complete");

    private static InferenceException Failure(TensorHeader tensor, string reason, Exception? cause = null)
    {
        // Of an absolute path, no more than the name: the rest may be the server's.
        var file = Path.IsPathRooted(tensor.Location) ? Path.GetFileName(tensor.Location) : tensor.Location;
        var text = $"tensor {ErrorText.Quote(tensor.Name)}, file {ErrorText.Quote(file)}: {reason}";
        return cause is null ? new(ErrorCode.LoadFailed, text) : new(ErrorCode.LoadFailed, text, cause);
    }
}
