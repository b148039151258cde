using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Inference.Functional.Tests.ObjectStores;

/// <summary>A bucket of the test's own, written as a user would, past any proxy.</summary>
internal sealed class ObjectBucket : IDisposable
{
    private static int _last;
    private readonly AmazonS3Client _client;

    private ObjectBucket(AmazonS3Client client, string name) => (_client, Name) = (client, name);

    public string Name { get; }

    public static async Task<ObjectBucket> CreateAsync(SwiftStore store)
    {
        var client = new AmazonS3Client(new BasicAWSCredentials(SwiftStore.AccessKey, SwiftStore.SecretKey), new AmazonS3Config
        {
            ServiceURL = $"http://127.0.0.1:{store.Port.ToString(CultureInfo.InvariantCulture)}",
            AuthenticationRegion = "us-east-1",
            ForcePathStyle = true,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });
        var name = $"bucket-{Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture)}";
        await client.PutBucketAsync(new PutBucketRequest { BucketName = name });
        return new ObjectBucket(client, name);
    }

    public async Task PutAsync(string key, byte[] content)
    {
        using var stream = new MemoryStream(content);
        await _client.PutObjectAsync(new PutObjectRequest { BucketName = Name, Key = key, InputStream = stream, UseChunkEncoding = false });
    }

    public Task PutAsync(string key, string content) => PutAsync(key, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Uploads in parts, as programs do with large files.</summary>
    public async Task PutPartsAsync(string key, byte[] content, int partBytes)
    {
        var upload = await _client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = Name, Key = key });
        var parts = new List<PartETag>();
        foreach (var part in content.Chunk(partBytes))
        {
            using var stream = new MemoryStream(part);
            var number = parts.Count + 1;
            var sent = await _client.UploadPartAsync(new UploadPartRequest { BucketName = Name, Key = key, UploadId = upload.UploadId, PartNumber = number, InputStream = stream, PartSize = part.Length, UseChunkEncoding = false });
            parts.Add(new PartETag(number, sent.ETag));
        }

        await _client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = Name, Key = key, UploadId = upload.UploadId, PartETags = parts });
    }

    /// <summary>Uploads all files below a folder.</summary>
    public async Task PutFolderAsync(string folder, string prefix)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            await PutAsync($"{prefix}/{Path.GetRelativePath(folder, file).Replace('\\', '/')}", await File.ReadAllBytesAsync(file));
    }

    public Task DeleteAsync(string key) => _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = Name, Key = key });

    public void Dispose() => _client.Dispose();
}
