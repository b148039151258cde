namespace Inference.Infra.Storage.S3;

/// <summary>Where models lie in an object store: <c>s3://bucket/prefix</c>. Immutable.</summary>
/// <param name="Bucket">Name of the bucket.</param>
/// <param name="Prefix">What the keys begin with: empty, or ending in a slash.</param>
public sealed record S3Location(string Bucket, string Prefix)
{
    private const string Scheme = "s3://";
    private const int ShortestBucket = 3;
    private const int LongestBucket = 63;
    private const int LongestPrefix = 900;

    /// <summary>True for what is meant as such a place, be it right or wrong.</summary>
    public static bool IsMeant(string path) => path.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a place; null where it is none.</summary>
    public static S3Location? TryParse(string path)
    {
        if (!IsMeant(path))
            return null;
        var rest = path[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (bucket, prefix) = slash < 0 ? (rest, string.Empty) : (rest[..slash], rest[(slash + 1)..].TrimEnd('/'));
        var isBucket = bucket.Length is >= ShortestBucket and <= LongestBucket
            && bucket.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            && char.IsAsciiLetterOrDigit(bucket[0]) && char.IsAsciiLetterOrDigit(bucket[^1]);
        if (!isBucket || prefix.Length > LongestPrefix || (prefix.Length > 0 && !prefix.Split('/').All(ObjectPath.IsPart)))
            return null;
        return new S3Location(bucket, prefix.Length == 0 ? string.Empty : prefix + "/");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Scheme}{Bucket}/{Prefix}".TrimEnd('/');
}
