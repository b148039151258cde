using System.Buffers;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>
/// Downloads objects into partial files: goes on where an earlier attempt, or an earlier server, ended, takes nothing of another
/// version of the object, and compares the whole. Downloads at once are bounded. Thread-safe.
/// </summary>
internal sealed class ObjectDownload(IObjectStore store, int most, bool eTagIsMd5, StoreContext context) : IDisposable
{
    /// <summary>How long a download waits for the next bytes.</summary>
    internal static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    // With progress in between; without, Attempts.Most.
    private const int MostAttempts = 100;
    private const int BufferBytes = 1 << 18;

    // Manifests do not wait behind weights, so that looks go on meanwhile.
    private const int Small = 1 << 20;
    private readonly SemaphoreSlim _free = new(most, most);
    private readonly Attempts _attempts = new(context);
    private readonly ObjectVerifier _verifier = new(store, new Attempts(context), eTagIsMd5, context.Logger);

    /// <summary>Completes a partial file.</summary>
    /// <param name="wanted">The object.</param>
    /// <param name="file">May hold its beginning already.</param>
    /// <param name="cancellation">Ends it; what has arrived stays.</param>
    /// <returns>SHA-256 of the content, which was found right.</returns>
    /// <exception cref="StoreException">It could not be had.</exception>
    public async Task<string> RunAsync(StoredObject wanted, PartialFile file, CancellationToken cancellation)
    {
        if (wanted.Size > Small)
            await _free.WaitAsync(cancellation).ConfigureAwait(false);
        using var digest = new ContentDigest();
        var start = context.Time.GetTimestamp();
        bool? succeeded = null;
        context.Metrics.DownloadBegan();
        try
        {
            var sha256 = await RunAsync(wanted, new Progress(file.Stream, digest), cancellation).ConfigureAwait(false);
            succeeded = true;
            return sha256;
        }
        catch (StoreException)
        {
            succeeded = false;
            throw;
        }
        finally
        {
            context.Metrics.DownloadEnded(succeeded, context.Time.GetElapsedTime(start));
            if (wanted.Size > Small)
                _free.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private async Task<string> RunAsync(StoredObject wanted, Progress progress, CancellationToken cancellation)
    {
        if (progress.Resume(wanted.Size) is > 0 and var kept)
            context.Logger.Resumed(store.Describe(wanted.Key), kept, wanted.Size);
        for (int failures = 0, all = 1; ; all++)
        {
            var before = progress.Length;
            try
            {
                if (progress.Length < wanted.Size)
                    await ReceiveAsync(wanted, progress, cancellation).ConfigureAwait(false);
                return await CompareAsync(wanted, progress, cancellation).ConfigureAwait(false);
            }
            catch (StoreException e) when (e.IsTransient && all < MostAttempts)
            {
                failures = progress.Length > before ? 1 : failures + 1;
                if (failures >= Attempts.Most)
                    throw;
                context.Logger.DownloadAgain(e.Message, progress.Length, wanted.Size);
                await _attempts.WaitAsync(e.Failure, failures, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task ReceiveAsync(StoredObject wanted, Progress progress, CancellationToken cancellation)
    {
        using var body = await store.OpenAsync(wanted, progress.Length, cancellation).ConfigureAwait(false);
        if (body.ETag != wanted.ETag)
            throw new StoreException(StoreFailure.Changed, $"{store.Describe(wanted.Key)} was replaced after it was listed; the next look finds what is there now.");

        // A store that knows no ranges sends all of it.
        if (body.Offset != progress.Length)
            progress.Restart();
        if (body.Offset != progress.Length)
            throw new StoreException(StoreFailure.Corrupt, $"{store.Describe(wanted.Key)} was answered with another part of it than the one asked for.");
        progress.IsEncryptedByKey = body.IsEncryptedByKey;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (await ReadAsync(wanted, body.Content, buffer, cancellation).ConfigureAwait(false) is > 0 and var read)
            {
                context.Metrics.Received(read);
                if (progress.Length + read > wanted.Size)
                    throw Broken(wanted, progress, "has more bytes than it was listed with");
                progress.Append(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (progress.Length < wanted.Size)
            throw new StoreException(StoreFailure.Away, $"{store.Describe(wanted.Key)} broke off after {progress.Length} of {wanted.Size} bytes.");
    }

    private async Task<int> ReadAsync(StoredObject wanted, Stream content, byte[] buffer, CancellationToken cancellation)
    {
        using var silent = new CancellationTokenSource(Silence, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silent.Token, cancellation);
        try
        {
            return await content.ReadAsync(buffer, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            throw S3Errors.Translate(e, store.Describe(wanted.Key));
        }
    }

    private async Task<string> CompareAsync(StoredObject wanted, Progress progress, CancellationToken cancellation)
    {
        var verdict = await _verifier.CompareAsync(wanted, progress.File, progress.Digest, progress.IsEncryptedByKey, cancellation).ConfigureAwait(false);
        var sha256 = progress.Digest.Sha256;

        // What arrives the same twice did not break on the way.
        if (verdict == Verdict.Right || (verdict == Verdict.Unknown && progress.Unproven == sha256))
            return sha256;
        progress.Unproven = sha256;
        if (verdict == Verdict.Wrong)
            throw Broken(wanted, progress, "does not have the checksum that the store tells; where the store's ETags are no MD5, set Repository:S3:ETagIsMd5 to false");
        progress.Restart();
        throw new StoreException(StoreFailure.Unproven, $"{store.Describe(wanted.Key)} has no checksum that could be compared, and is downloaded twice.");
    }

    private StoreException Broken(StoredObject wanted, Progress progress, string why)
    {
        progress.Restart();
        return new StoreException(StoreFailure.Corrupt, $"{store.Describe(wanted.Key)} was downloaded and {why}.");
    }

    /// <summary>What of the object is here.</summary>
    private sealed class Progress(FileStream file, ContentDigest digest)
    {
        public FileStream File => file;

        public ContentDigest Digest => digest;

        public long Length => digest.Length;

        public bool IsEncryptedByKey { get; set; }

        /// <summary>SHA-256 of a download that could not be compared with anything.</summary>
        public string Unproven { get; set; } = string.Empty;

        public long Resume(long size)
        {
            if (file.Length > size)
                file.SetLength(0);
            digest.Restart(file);
            return digest.Length;
        }

        public void Restart()
        {
            file.SetLength(0);
            file.Position = 0;
            digest.Clear();
        }

        public void Append(ReadOnlySpan<byte> bytes)
        {
            try
            {
                file.Position = digest.Length;
                file.Write(bytes);
            }
            catch (Exception e) when (ReadError.Is(e))
            {
                throw CacheFolder.Unusable(e, Path.GetDirectoryName(file.Name)!);
            }

            digest.Append(bytes);
        }
    }
}
