using System.Security.Cryptography;
using System.Text;
using Inference.Infra.Storage.S3;

namespace Inference.Infra.Tests.Storage.S3;

/// <summary>A store in memory, of which tests say what it does. Thread-safe as far as its tests need.</summary>
internal sealed class FakeStore : IObjectStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (byte[] Content, string ETag)> _objects = new(StringComparer.Ordinal);

    public string Identity => "fake";

    /// <summary>Objects of a page of a listing.</summary>
    public int Page { get; set; } = 1000;

    /// <summary>Called before each request with the key, or null for a listing; may throw.</summary>
    public Action<string?> Asked { get; set; } = _ => { };

    /// <summary>Makes the answer to a request for content, from the right one.</summary>
    public Func<byte[], long, ObjectBody, ObjectBody> Answer { get; set; } = (_, _, right) => right;

    /// <summary>What it tells of an object; by the part that is asked for.</summary>
    public Func<int?, ObjectFacts> Facts { get; set; } = _ => new ObjectFacts(new Dictionary<string, string>(), null, false);

    public int Opened { get; private set; }

    public static StoreException Away => new(StoreFailure.Away, "the store failed.");

    public static byte[] Md5(byte[] content) => CryptographicOperations.HashData(HashAlgorithmName.MD5, content);

    public FakeStore Put(string key, byte[] content, string? eTag = null)
    {
        lock (_lock)
            _objects[key] = (content, eTag ?? $"\"{Convert.ToHexStringLower(Md5(content))}\"");
        return this;
    }

    public FakeStore Put(string key, string content) => Put(key, Encoding.UTF8.GetBytes(content));

    public Task<(IReadOnlyList<StoredObject> Objects, string? Continuation)> ListAsync(string prefix, string? continuation, CancellationToken cancellation)
    {
        lock (_lock)
        {
            Asked(null);
            List<StoredObject> all = [.. _objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(o.Key, continuation) > 0)
                .Select(o => new StoredObject(o.Key, o.Value.ETag, o.Value.Content.Length, DateTime.UnixEpoch))];
            IReadOnlyList<StoredObject> page = [.. all.Take(Page)];
            return Task.FromResult((page, all.Count > Page ? page[^1].Key : null));
        }
    }

    public Task<ObjectBody> OpenAsync(StoredObject wanted, long offset, CancellationToken cancellation)
    {
        lock (_lock)
        {
            Asked(wanted.Key);
            Opened++;
            var (content, eTag) = _objects[wanted.Key];
            if (eTag != wanted.ETag)
                throw new StoreException(StoreFailure.Changed, "it was replaced.");
            return Task.FromResult(Answer(content, offset, Body(content, offset, eTag)));
        }
    }

    public Task<ObjectFacts> DescribeAsync(StoredObject wanted, int? part, CancellationToken cancellation) => Task.FromResult(Facts(part));

    public string Describe(string? key) => key is null ? "bucket 'fake'" : $"object '{key}' of bucket 'fake'";

    public void Dispose()
    {
    }

    public static ObjectBody Body(byte[] content, long offset, string eTag) => Body(new MemoryStream(content[(int)offset..]), offset, eTag);

    public static ObjectBody Body(Stream content, long offset, string eTag) => new(content, null) { Offset = offset, ETag = eTag };
}
