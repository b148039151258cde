using System.Runtime.InteropServices;
using Inference.Infra.OnnxRuntime.Native;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.External;

/// <summary>The content of a file in memory that nobody else has. The runtime copies out of it while it opens a session.</summary>
internal sealed unsafe class FileImage : IDisposable
{
    private const int AddFilesInMemory = 279;
    private const long Piece = 1 << 30;
    private readonly string _name;
    private readonly nuint _length;
    private byte* _data;

    /// <summary>Reads the whole file.</summary>
    /// <exception cref="OutOfMemoryException">There is no memory for it.</exception>
    public FileImage(ExternalFiles files, string name)
    {
        _name = name;
        _length = (nuint)files.Length(name);
        _data = (byte*)NativeMemory.Alloc(Math.Max(_length, 1));
        try
        {
            for (var offset = 0L; offset < (long)_length; offset += Piece)
                files.Fill(name, new Span<byte>(_data + offset, (int)Math.Min(Piece, (long)_length - offset)), offset);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Has sessions of these options take it in place of the file.</summary>
    public void AddTo(SessionOptions options)
    {
        var name = OperatingSystem.IsWindows() ? Marshal.StringToCoTaskMemUni(_name) : Marshal.StringToCoTaskMemUTF8(_name);
        try
        {
            var add = (delegate* unmanaged<nint, nint*, byte**, nuint*, nuint, nint>)NativeTable.Function(AddFilesInMemory);
            fixed (byte** data = &_data)
            fixed (nuint* length = &_length)
                NativeTable.Check(add(options.DangerousGetHandle(), &name, data, length, 1));
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_data);
        _data = null;
    }
}
