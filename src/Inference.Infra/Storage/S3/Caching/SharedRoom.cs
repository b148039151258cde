using System.Buffers.Text;
using Inference.Domain;
using Microsoft.Win32.SafeHandles;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>
/// What servers that share a cache's folder tell each other: how many bytes each is about to download. One of them at a time makes room.
/// Used by one thread at a time.
/// </summary>
internal sealed class SharedRoom : IDisposable
{
    private const int Digits = 20;
    private const string LockName = "room.lock";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // Making room takes milliseconds.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private readonly CacheFolder _folder;
    private readonly string _path;
    private readonly SafeFileHandle _own;
    private long _told = -1;

    /// <summary>Tells the others of nothing yet.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public SharedRoom(CacheFolder folder, ProcessFolder process)
    {
        (_folder, _path) = (folder, process.RoomPath);
        _own = File.OpenHandle(_path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        Tell(0);
    }

    /// <summary>Keeps other servers from making room until the result is disposed.</summary>
    /// <exception cref="StoreException">Another holds it and does not move on.</exception>
    public IDisposable Enter()
    {
        var path = Path.Combine(_folder.Path, LockName);
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path) && TimeProvider.System.GetElapsedTime(start) < LongestWait)
            {
                Thread.Sleep(Pause);
            }
            catch (IOException e) when (File.Exists(path))
            {
                throw new StoreException(StoreFailure.NoRoom, $"no room could be made in {ErrorText.Quote(_folder.Path)}: another server that shares the folder holds {LockName} in it and does not move on; stop that server, or set Repository:S3:CachePath to another folder.", e);
            }
        }
    }

    /// <summary>Bytes that other servers are about to download, and whether there are others.</summary>
    public (long Bytes, bool IsAlone) Others()
    {
        ProcessFolder.Sweep(_folder.Processes);
        string[] others = [.. ProcessFolder.RoomsOf(_folder.Processes).Where(p => p != _path)];
        return (others.Sum(Read), others.Length == 0);
    }

    /// <summary>Tells the others how many bytes are to come.</summary>
    public void Tell(long bytes)
    {
        if (bytes == _told || _own.IsClosed)
            return;

        // Of one length and in one piece, so that nobody reads half of it.
        Span<byte> text = stackalloc byte[Digits];
        text.Fill((byte)' ');
        Utf8Formatter.TryFormat(bytes, text, out _);
        RandomAccess.Write(_own, text, 0);
        _told = bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _own.Dispose();
        ProcessFolder.TryDelete(_path);
    }

    private static long Read(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            Span<byte> text = stackalloc byte[Digits];
            return Utf8Parser.TryParse(text[..RandomAccess.Read(file, text, 0)], out long bytes, out _) ? bytes : 0;
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            // It has stopped meanwhile.
            return 0;
        }
    }
}
