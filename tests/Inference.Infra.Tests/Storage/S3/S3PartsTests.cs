using Inference.Infra.Storage.S3;
using Inference.Infra.Storage.S3.Caching;

namespace Inference.Infra.Tests.Storage.S3;

internal sealed class S3PartsTests
{
    [TestCase("s3://bucket", ExpectedResult = "bucket|")]
    [TestCase("s3://bucket/", ExpectedResult = "bucket|")]
    [TestCase("S3://my.bucket-1/a/b/", ExpectedResult = "my.bucket-1|a/b/")]
    [TestCase("s3://ab/x", ExpectedResult = null)]
    [TestCase("s3://", ExpectedResult = null)]
    [TestCase("s3:///models", ExpectedResult = null)]
    [TestCase("s3://key:secret@bucket/x", ExpectedResult = null)]
    [TestCase("s3://bucket/a/../b", ExpectedResult = null)]
    [TestCase("s3://bucket/a//b", ExpectedResult = null)]
    [TestCase("/models", ExpectedResult = null)]
    public string? TryParse_Path_IsBucketAndPrefix(string path) => S3Location.TryParse(path) is { } location ? $"{location.Bucket}|{location.Prefix}" : null;

    [TestCase("model.onnx", ExpectedResult = true)]
    [TestCase("größe 1.txt", ExpectedResult = true)]
    [TestCase("", ExpectedResult = false)]
    [TestCase(".", ExpectedResult = false)]
    [TestCase("..", ExpectedResult = false)]
    [TestCase("a\\b", ExpectedResult = false)]
    [TestCase("a\nb", ExpectedResult = false)]
    [TestCase("a\ud800b", ExpectedResult = false)]
    public bool IsPart_Name_IsOneThatAFileCanHave(string name) => ObjectPath.IsPart(name);

    [Test]
    public void IsPart_LongerThanFileSystemsTake_IsNone() => Assert.That((ObjectPath.IsPart(new string('a', 255)), ObjectPath.IsPart(new string('ü', 128))), Is.EqualTo((true, false)));

    // The check values of the catalogues of these checksums.
    [TestCase(ObjectChecksums.Crc32, ExpectedResult = "cbf43926")]
    [TestCase(ObjectChecksums.Crc32C, ExpectedResult = "e3069283")]
    [TestCase(ObjectChecksums.Crc64Nvme, ExpectedResult = "ae8b14860a799888")]
    [TestCase(ObjectChecksums.Sha256, ExpectedResult = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225")]
    public string Compute_Digits_IsTheCheckValue(string algorithm)
    {
        using var content = new MemoryStream("123456789"u8.ToArray());
        return Convert.ToHexStringLower(Convert.FromBase64String(ObjectChecksums.Compute(algorithm, content)));
    }

    [Test]
    public void PartDigests_UnevenParts_AreMd5OfMd5s()
    {
        byte[][] parts = ["abc"u8.ToArray(), "defgh"u8.ToArray(), "i"u8.ToArray()];
        using var file = new MemoryStream([.. parts.SelectMany(p => p)]);
        var expected = Convert.ToHexStringLower(FakeStore.Md5([.. parts.SelectMany(FakeStore.Md5)]));

        Assert.That(PartDigests.Compute(file, [3, 5, 1]), Is.EqualTo(expected));
        Assert.That(PartDigests.LikelySizes(12 << 20, 3), Is.EqualTo(new long[] { 5 << 20 }));
        Assert.That(PartDigests.LikelySizes(77, 1), Is.EqualTo(new long[] { 77 }));
    }

    [TestCase("\"0123456789abcdef0123456789ABCDEF\"", "0123456789abcdef0123456789abcdef", null)]
    [TestCase("\"0123456789abcdef0123456789abcdef-12\"", null, 12)]
    [TestCase("\"0123456789abcdef0123456789abcdef-0\"", null, null)]
    [TestCase("\"0123456789abcdef0123456789abcdef-99999999999\"", null, null)]
    [TestCase("W/\"x\"", null, null)]
    public void ETag_Forms_AreTold(string eTag, string? md5, int? parts)
    {
        var stored = new StoredObject("k", eTag, 1, DateTime.UnixEpoch);

        Assert.That((stored.Md5, stored.Multipart?.Parts), Is.EqualTo((md5, parts)));
    }

    [Test]
    public void Delay_Failures_DoublesUpToABoundAndVaries()
    {
        double[] full = [.. Enumerable.Range(1, 8).Select(f => Attempts.Delay(f, 1).TotalMilliseconds)];

        Assert.That(full, Is.EqualTo(new double[] { 200, 400, 800, 1600, 3200, 5000, 5000, 5000 }));
        Assert.That(Attempts.Delay(2, 0).TotalMilliseconds, Is.EqualTo(200));
        Assert.That(Attempts.Delay(int.MaxValue, 1).TotalMilliseconds, Is.EqualTo(5000));
    }
}
