using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Inference.Core.Configuration;
using Inference.Domain;

namespace Inference.Infra.Storage.S3;

/// <summary>A bucket of an S3-compatible store, by the SDK. Credentials come from the SDK's usual chain. Thread-safe.</summary>
internal sealed class S3Store : IObjectStore
{
    private const string UsualRegion = "us-east-1";
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(15);
    private readonly S3Location _location;
    private readonly S3Options _options;
    private readonly TimeProvider _time;
    private readonly Lazy<AmazonS3Client> _client;

    /// <summary>Creates it; nothing is asked yet.</summary>
    public S3Store(S3Location location, S3Options options, TimeProvider time)
    {
        (_location, _options, _time) = (location, options, time);

        // Looking for credentials and a region may fail, which the next attempt does not repeat from memory.
        _client = new Lazy<AmazonS3Client>(Connect, LazyThreadSafetyMode.PublicationOnly);
    }

    /// <inheritdoc/>
    public string Identity => $"{(_options.Endpoint.Length > 0 ? _options.Endpoint.TrimEnd('/') : "aws")}\n{_location.Bucket}";

    private string StoreName => _options.Endpoint.Length > 0 ? $"at {_options.Endpoint}" : "at AWS";

    /// <inheritdoc/>
    public string Describe(string? key) => key is null
        ? $"bucket {ErrorText.Quote(_location.Bucket)} {StoreName}"
        : $"object {ErrorText.Quote(key)} of bucket {ErrorText.Quote(_location.Bucket)} {StoreName}";

    /// <inheritdoc/>
    public Task<(IReadOnlyList<StoredObject> Objects, string? Continuation)> ListAsync(string prefix, string? continuation, CancellationToken cancellation) => AskAsync(
        null,
        async (client, token) =>
        {
            // Keys may hold characters that XML cannot.
            var request = new ListObjectsV2Request { BucketName = _location.Bucket, Prefix = prefix, ContinuationToken = continuation, Encoding = EncodingType.Url };
            var page = await client.ListObjectsV2Async(request, token).ConfigureAwait(false);
            IReadOnlyList<StoredObject> objects = [.. (page.S3Objects ?? []).Select(o => Object(o, page.Encoding == EncodingType.Url))];
            return (objects, page.IsTruncated == true ? page.NextContinuationToken : null);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ObjectBody> OpenAsync(StoredObject wanted, long offset, CancellationToken cancellation) => AskAsync(
        wanted.Key,
        async (client, token) =>
        {
            var request = new GetObjectRequest { BucketName = _location.Bucket, Key = wanted.Key, EtagToMatch = wanted.ETag };

            // The SDK computes an MD5 of its own of what is asked for without a range.
            if (wanted.Size > 0)
                request.ByteRange = new ByteRange(offset, wanted.Size - 1);
            var answer = await client.GetObjectAsync(request, token).ConfigureAwait(false);
            return new ObjectBody(answer.ResponseStream, answer)
            {
                Offset = RangeStart(answer.ContentRange),
                ETag = answer.ETag ?? string.Empty,
                IsEncryptedByKey = IsKeyManaged(answer.ServerSideEncryptionMethod),
            };
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ObjectFacts> DescribeAsync(StoredObject wanted, int? part, CancellationToken cancellation) => AskAsync(
        wanted.Key,
        async (client, token) =>
        {
            var request = new GetObjectMetadataRequest { BucketName = _location.Bucket, Key = wanted.Key, EtagToMatch = wanted.ETag, ChecksumMode = ChecksumMode.ENABLED };
            if (part is not null)
                request.PartNumber = part.Value;
            var answer = await client.GetObjectMetadataAsync(request, token).ConfigureAwait(false);
            return new ObjectFacts(Checksums(answer), part is not null && answer.PartsCount is not null ? answer.ContentLength : null, IsKeyManaged(answer.ServerSideEncryptionMethod));
        },
        cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_client.IsValueCreated)
            _client.Value.Dispose();
    }

    // The SDK hands keys on as the store wrote them.
    private static StoredObject Object(S3Object listed, bool isEncoded) =>
        new(isEncoded ? WebUtility.UrlDecode(listed.Key) : listed.Key, listed.ETag ?? string.Empty, listed.Size ?? 0, listed.LastModified?.ToUniversalTime() ?? DateTime.UnixEpoch);

    // bytes 5-49/50
    private static long RangeStart(string? range)
    {
        const string unit = "bytes ";
        if (range is null || !range.StartsWith(unit, StringComparison.OrdinalIgnoreCase))
            return 0;
        var end = range.IndexOf('-', StringComparison.Ordinal);
        return end > unit.Length && long.TryParse(range.AsSpan(unit.Length, end - unit.Length), out var start) ? start : 0;
    }

    private static bool IsKeyManaged(ServerSideEncryptionMethod? method) => method?.Value is { Length: > 0 } name && name != "AES256" && name != "None";

    private static Dictionary<string, string> Checksums(GetObjectMetadataResponse answer)
    {
        // Of parts together they have the number of parts behind them, and say nothing of the whole.
        (string Name, string? Value)[] all =
        [
            (ObjectChecksums.Sha256, answer.ChecksumSHA256), (ObjectChecksums.Crc64Nvme, answer.ChecksumCRC64NVME),
            (ObjectChecksums.Crc32C, answer.ChecksumCRC32C), (ObjectChecksums.Crc32, answer.ChecksumCRC32),
        ];
        return all.Where(c => !string.IsNullOrEmpty(c.Value) && !c.Value.Contains('-', StringComparison.Ordinal)).ToDictionary(c => c.Name, c => c.Value!, StringComparer.Ordinal);
    }

    private AmazonS3Client Connect()
    {
        var config = new AmazonS3Config
        {
            // Asking again is done here, by our clock.
            MaxErrorRetry = 0,
            Timeout = Timeout.InfiniteTimeSpan,
            ForcePathStyle = _options.ForcePathStyle ?? _options.Endpoint.Length > 0,

            // What is received is checked against the listing, over all attempts together.
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        };
        if (_options.Endpoint.Length > 0)
            (config.ServiceURL, config.AuthenticationRegion) = (_options.Endpoint, _options.Region.Length > 0 ? _options.Region : UsualRegion);
        else if (_options.Region.Length > 0)
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(_options.Region);
        return _options.Anonymous ? new AmazonS3Client(new AnonymousAWSCredentials(), config) : new AmazonS3Client(config);
    }

    private async Task<T> AskAsync<T>(string? key, Func<AmazonS3Client, CancellationToken, Task<T>> request, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(AnswerTime, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            return await request(_client.Value, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            throw S3Errors.Translate(e, Describe(key));
        }
    }
}
