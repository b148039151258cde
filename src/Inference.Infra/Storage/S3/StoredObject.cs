namespace Inference.Infra.Storage.S3;

/// <summary>An object as the store lists it.</summary>
/// <param name="Key">Its whole key.</param>
/// <param name="ETag">Stands for its content, as the store writes it, with quotes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedUtc">When it was written, by the store's clock.</param>
internal sealed record StoredObject(string Key, string ETag, long Size, DateTime ModifiedUtc)
{
    /// <summary>MD5 digits in the ETag of an object in one part; null where it has another form.</summary>
    public string? Md5 => ETag.Trim('"') is { Length: 32 } digits && digits.All(char.IsAsciiHexDigit) ? digits.ToLowerInvariant() : null;

    /// <summary>Digits and number of parts in the ETag of an object in several parts; null where it has another form.</summary>
    public (string Digits, int Parts)? Multipart
    {
        get
        {
            const int digits = 32;
            const int mostParts = 10_000;
            var text = ETag.Trim('"');
            return text.Length > digits + 1 && text[digits] == '-' && text[..digits].All(char.IsAsciiHexDigit)
                && int.TryParse(text.AsSpan(digits + 1), out var parts) && parts is > 0 and <= mostParts
                ? (text[..digits].ToLowerInvariant(), parts)
                : null;
        }
    }
}

/// <summary>Part of an object on its way here.</summary>
/// <param name="content">Its bytes.</param>
/// <param name="owner">Ends the answer.</param>
internal sealed class ObjectBody(Stream content, IDisposable? owner) : IDisposable
{
    /// <summary>Its bytes.</summary>
    public Stream Content { get; } = content;

    /// <summary>Position of its first byte in the object.</summary>
    public required long Offset { get; init; }

    /// <summary>ETag of the object that is sent.</summary>
    public required string ETag { get; init; }

    /// <summary>The store encrypts the object with keys of its own management, so that its ETag is not an MD5.</summary>
    public bool IsEncryptedByKey { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Content.Dispose();
        owner?.Dispose();
    }
}

/// <summary>What a store tells of an object besides its content.</summary>
/// <param name="Checksums">Checksums of the whole content in Base64, by the name of the algorithm.</param>
/// <param name="PartSize">Bytes of the asked part; null where the store does not tell.</param>
/// <param name="IsEncryptedByKey">Its ETag is not an MD5.</param>
internal sealed record ObjectFacts(IReadOnlyDictionary<string, string> Checksums, long? PartSize, bool IsEncryptedByKey);
