using Microsoft.Extensions.Logging;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>What comparing a download with what the store says of the object came to.</summary>
internal enum Verdict
{
    Right,
    Wrong,

    /// <summary>The store says nothing that could be compared but the size.</summary>
    Unknown,
}

/// <summary>Compares downloads with what the store says of the objects: ETags, checksums, parts. Thread-safe.</summary>
internal sealed class ObjectVerifier(IObjectStore store, Attempts attempts, bool eTagIsMd5, ILogger logger)
{
    // Asking for the size of each part of more than that costs more than it brings.
    private const int MostPartsAsked = 1000;

    /// <summary>Compares a file of the right size.</summary>
    /// <param name="wanted">What it should be.</param>
    /// <param name="file">The download.</param>
    /// <param name="digest">Of the whole file.</param>
    /// <param name="isEncryptedByKey">The ETag is no MD5.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="StoreException">The store could not be asked.</exception>
    public async Task<Verdict> CompareAsync(StoredObject wanted, Stream file, ContentDigest digest, bool isEncryptedByKey, CancellationToken cancellation)
    {
        if (eTagIsMd5 && !isEncryptedByKey && wanted.Md5 is { } md5)
            return Compare(md5, digest.Md5);
        var facts = await attempts.RunAsync(c => store.DescribeAsync(wanted, null, c), cancellation).ConfigureAwait(false);
        foreach (var (algorithm, checksum) in facts.Checksums.Take(1))
        {
            file.Position = 0;
            return Compare(checksum, ObjectChecksums.Compute(algorithm, file));
        }

        var verdict = eTagIsMd5 && !isEncryptedByKey && !facts.IsEncryptedByKey && wanted.Multipart is { } multipart
            ? await CompareAsync(wanted, multipart.Digits, multipart.Parts, file, cancellation).ConfigureAwait(false)
            : Verdict.Unknown;
        if (verdict == Verdict.Unknown)
            logger.SizeOnly(store.Describe(wanted.Key));
        return verdict;
    }

    private static Verdict Compare(string expected, string actual) => expected == actual ? Verdict.Right : Verdict.Wrong;

    private static IEnumerable<long> Even(long size, long part) => Enumerable.Repeat(part, (int)PartDigests.Count(size, part));

    private async Task<Verdict> CompareAsync(StoredObject wanted, string digits, int parts, Stream file, CancellationToken cancellation)
    {
        var first = await PartSizeAsync(wanted, 1, cancellation).ConfigureAwait(false);
        if (first is not > 0)
            return PartDigests.LikelySizes(wanted.Size, parts).Any(s => PartDigests.Compute(file, Even(wanted.Size, s)) == digits) ? Verdict.Right : Verdict.Unknown;
        if (PartDigests.Count(wanted.Size, first.Value) == parts && PartDigests.Compute(file, Even(wanted.Size, first.Value)) == digits)
            return Verdict.Right;
        if (parts > MostPartsAsked)
            return Verdict.Unknown;

        // Parts need not be of one size.
        var sizes = new List<long>(parts) { first.Value };
        for (var part = 2; part <= parts; part++)
        {
            if (await PartSizeAsync(wanted, part, cancellation).ConfigureAwait(false) is not { } size)
                return Verdict.Unknown;
            sizes.Add(size);
        }

        return sizes.Sum() == wanted.Size ? Compare(digits, PartDigests.Compute(file, sizes)) : Verdict.Unknown;
    }

    // Not every store tells.
    private async Task<long?> PartSizeAsync(StoredObject wanted, int part, CancellationToken cancellation)
    {
        try
        {
            return (await attempts.RunAsync(c => store.DescribeAsync(wanted, part, c), cancellation).ConfigureAwait(false)).PartSize;
        }
        catch (StoreException e) when (e.Failure == StoreFailure.Refused)
        {
            return null;
        }
    }
}
