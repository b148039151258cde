using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using CsCheck;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Image;
using static Inference.Infra.Tests.Components.ComponentHost;

namespace Inference.Infra.Tests.Components.Image;

/// <summary>What clients send need not be an image. It is refused in bounded time and memory, whatever it is.</summary>
internal sealed class DamagedImageTests
{
    private static readonly ImageOptions Any = new(
        "image", true, TensorType.Float32, 8, 8, 3, ImageLayout.Nhwc, Resize: true, PixelScaling.Create(1, [0, 0, 0], [1, 1, 1], false), Spec("x", TensorType.Float32, -1, 8, 8, 3));

    private static readonly string[] Samples = [.. ImageSamples.Png, .. ImageSamples.Jpeg];

    // A JPEG with an empty segment at the end, at which some decoders never stop looking for the next marker.
    private static readonly byte[] SegmentBeyondTheEnd = [0xFF, 0xD8, 0xFF, 0xE0, 0x26, 0x10, 0x4A, 0x46];

    [TestCaseSource(nameof(Samples))]
    public void Decode_FileCutOffAnywhere_IsRefused(string name)
    {
        var file = ImageSamples.File(name);
        for (var length = 3; length < file.Length - 1; length++)
            Assert.That(Refusal(ErrorCode.InvalidArgument, () => ImageDecoder.Decode(file.AsSpan(0, length), Any, 4)), Does.StartWith("input 'image' row 4 (from 0) "));
    }

    [Test]
    public void Decode_AnyDamage_IsAnImageOrARefusal() =>
        Gen.Select(Gen.Int[0, Samples.Length - 1], Gen.Select(Gen.Int[8, 2000], Gen.Byte, Gen.Bool).Array[1, 8]).Sample(
            (sample, damages) =>
            {
                var file = ImageSamples.File(Samples[sample]);
                foreach (var (at, value, single) in damages)
                    file[at % file.Length] = single ? (byte)(file[at % file.Length] ^ (1 << (value % 8))) : value;
                Repair(file);
                return IsDecodedOrRefused(file);
            },
            iter: 3000);

    [Test]
    public void Decode_Noise_IsRefused() =>
        Gen.Select(Gen.Bool, Gen.Byte.Array[0, 300]).Sample((png, noise) => IsDecodedOrRefused([.. png ? ImageSamples.File("rgb.png")[..8] : [0xFF, 0xD8, 0xFF], .. noise]));

    [Test]
    public void Decode_SegmentThatEndsBeyondTheFile_IsRefused() =>
        Assert.That(Refusal(ErrorCode.InvalidArgument, () => ImageDecoder.Decode(SegmentBeyondTheEnd, Any, 0)), Does.Contain("row 0 (from 0) cannot be decoded as JPEG: it is cut off, or its segments are damaged"));

    [Test]
    public void Decode_KindThatIsNotSupported_SaysSo()
    {
        var lossless = ImageSamples.File("grey.jpg");
        lossless[lossless.AsSpan().IndexOf(new byte[] { 0xFF, 0xC0 }) + 1] = 0xC7;
        Assert.That(Refusal(ErrorCode.InvalidArgument, () => ImageDecoder.Decode(lossless, Any, 0)), Does.Contain("its header is damaged or of a kind that is not supported"));
    }

    [Test]
    public void Decode_PixelsThatEndEarlyInAWholeFile_IsRefused()
    {
        var png = ImageSamples.File("rgb.png");
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 24);
        Repair(png);
        Assert.That(Refusal(ErrorCode.InvalidArgument, () => ImageDecoder.Decode(png, Any, 2)), Does.StartWith("input 'image' row 2 (from 0) cannot be decoded as PNG: its pixels are incomplete or damaged"));
    }

    [Test]
    public void Decode_SmallFileOfAHugeImage_IsRefusedBeforeAnythingIsDecoded()
    {
        var png = ImageSamples.File("rgb.png");
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 60_000);
        Repair(png);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Refusal(ErrorCode.InvalidArgument, () => ImageDecoder.Decode(png, Any, 0)), Does.Contain("has 60000 x 60000 pixels (height x width); at most 16777216 pixels are accepted"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    [Test]
    public void Decode_SmallFileThatInflatesToMuch_InflatesNoMoreThanTheImageNeeds()
    {
        var bomb = Bomb(1 << 30);
        var before = PeakMemory();
        Assert.That(IsDecodedOrRefused(bomb));
        Assert.That(PeakMemory() - before, Is.LessThan(1 << 29));
    }

    [Test]
    public void Decode_JpegOfManyScans_EndsSoon()
    {
        var file = ImageSamples.File("progressive-large.jpg");
        var scan = file.AsSpan().IndexOf(new byte[] { 0xFF, 0xDA });
        byte[] many = [.. file[..scan], .. Enumerable.Repeat(new byte[] { 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0x10 }, 100_000).SelectMany(s => s), 0xFF, 0xD9];
        var watch = Stopwatch.StartNew();
        Refusal(ErrorCode.InvalidArgument, () => ImageDecoder.Decode(many, Any, 0));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)));
    }

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private static bool IsDecodedOrRefused(byte[] file)
    {
        try
        {
            var image = ImageDecoder.Decode(file, Any, 0);
            return image.Pixels.Length == image.Height * image.Width * 3;
        }
        catch (InferenceException e)
        {
            return e.Code == ErrorCode.InvalidArgument;
        }
    }

    // Puts right the checksums of a PNG, so that damage reaches the code behind them.
    private static void Repair(Span<byte> file)
    {
        if (file[0] != 0x89)
            return;
        for (var at = 8; at + 12 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12)
                return;
            var end = at + 8 + (int)length;
            BinaryPrimitives.WriteUInt32BigEndian(file[end..], Checksum(file[(at + 4)..end]));
            at = end + 4;
        }
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }

        return ~crc;
    }

    private static byte[] Bomb(int length)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < length / zeros.Length; i++)
                zlib.Write(zeros);
        }

        var header = ImageSamples.File("rgb.png")[..33];
        byte[] file = [.. header, .. Length((int)data.Length), .. "IDAT"u8, .. data.ToArray(), 0, 0, 0, 0, .. Length(0), .. "IEND"u8, 0, 0, 0, 0];
        Repair(file);
        return file;
    }

    private static byte[] Length(int length)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }
}
