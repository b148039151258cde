using System.Globalization;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>
/// The file into which an object is downloaded, held by one download at a time among all servers that share the folder. What it
/// has stays when a download ends early, and the next one goes on from there.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    // Longer than a download waits for bytes.
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(60);

    private PartialFile(FileStream stream) => Stream = stream;

    /// <summary>The file, at no particular position.</summary>
    public FileStream Stream { get; }

    public string Path => Stream.Name;

    /// <summary>Waits until nobody else has the file, or somebody has finished the object.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="isDone">The object is whole by now.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Null where the object is whole.</returns>
    public static async Task<PartialFile?> TakeAsync(string path, Func<bool> isDone, TimeProvider time, CancellationToken cancellation)
    {
        var (size, since) = (-1L, time.GetTimestamp());
        while (true)
        {
            if (TryOpen(path) is { } file)
            {
                if (!isDone())
                    return file;
                file.Discard();
                return null;
            }

            if (isDone())
                return null;
            var now = File.Exists(path) ? new FileInfo(path).Length : 0;
            if (now != size)
                (size, since) = (now, time.GetTimestamp());

            // Whoever holds it does not move on, and must not keep others from it.
            if (time.GetElapsedTime(since) > Stalled)
                path = string.Create(CultureInfo.InvariantCulture, $"{path}.{Guid.NewGuid():n}");
            await Task.Delay(Poll, time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>True where no download has the file.</summary>
    public static bool IsFree(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            return true;
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            return false;
        }
    }

    /// <summary>Removes a file unless a download has it.</summary>
    public static bool TryRemove(string path)
    {
        if (TryOpen(path) is not { } file)
            return false;
        file.Discard();
        return !File.Exists(path);
    }

    /// <summary>Removes it: nothing of it is of use.</summary>
    public void Discard()
    {
        try
        {
            File.Delete(Path);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            // Old ones go with the next look at the folder.
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => Stream.Dispose();

    private static PartialFile? TryOpen(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);

            // Between opening and locking it, its last holder may have made it the whole object.
            if (!OperatingSystem.IsLinux() || FileStatus.Of(path).Identity == FileStatus.Of(OfHandle(stream)).Identity)
                return new PartialFile(stream);
        }
        catch (FileNotFoundException)
        {
            // Renamed meanwhile.
        }
        catch (IOException) when (stream is null && File.Exists(path))
        {
            // Held by another.
            return null;
        }

        stream?.Dispose();
        return null;
    }

    private static string OfHandle(FileStream stream) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{stream.SafeFileHandle.DangerousGetHandle()}");
}
