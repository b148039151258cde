using System.Buffers.Binary;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Image;
using static Inference.Infra.Tests.Components.ComponentHost;

namespace Inference.Infra.Tests.Components.Image;

internal sealed class ImageDecoderTests
{
    [Test]
    public void Decode_EveryKindOfPng_GivesExactlyThePixelsOfAnotherDecoder(
        [ValueSource(typeof(ImageSamples), nameof(ImageSamples.Png))] string name, [Values(1, 3)] int channels)
    {
        var (image, expected) = (Decode(ImageSamples.File(name), channels), ImageSamples.Expected(name).To(channels));
        Assert.That((image.Height, image.Width, image.Channels), Is.EqualTo((expected.Height, expected.Width, channels)));
        Assert.That(image.Pixels, Is.EqualTo(expected.Pixels));
    }

    // Decoders may differ in how they round.
    [Test]
    public void Decode_EveryKindOfJpeg_GivesThePixelsOfAnotherDecoderWithinRounding(
        [ValueSource(typeof(ImageSamples), nameof(ImageSamples.Jpeg))] string name, [Values(1, 3)] int channels)
    {
        var (image, expected) = (Decode(ImageSamples.File(name), channels), ImageSamples.Expected(name).To(channels));
        Assert.That((image.Height, image.Width, image.Channels), Is.EqualTo((expected.Height, expected.Width, channels)));
        Assert.That(image.Pixels.Zip(expected.Pixels, (a, b) => Math.Abs(a - b)).Max(), Is.LessThanOrEqualTo(1));
    }

    [Test]
    public void Decode_PngWithGamma_TakesTheSamplesAsTheyAre()
    {
        var plain = ImageSamples.File("rgb.png");
        byte[] gamma = [0, 0, 0, 4, .. "gAMA"u8, 0, 1, 0x86, 0xA0, 0x31, 0xE8, 0x96, 0x5F];
        Assert.That(Decode([.. plain[..33], .. gamma, .. plain[33..]], 3).Pixels, Is.EqualTo(ImageSamples.Expected("rgb.png").Pixels));
    }

    [Test]
    public void Decode_JpegWithOrientation_IsNotTurned()
    {
        var plain = ImageSamples.File("444.jpg");
        byte[] quarterTurn = [.. "Exif"u8, 0, 0, .. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(quarterTurn.Length + 2));
        var turned = Decode([.. plain[..2], 0xFF, 0xE1, .. length, .. quarterTurn, .. plain[2..]], 3);
        Assert.That((turned.Height, turned.Width), Is.EqualTo((23, 19)));
        Assert.That(turned.Pixels, Is.EqualTo(Decode(plain, 3).Pixels));
    }

    [TestCase("rgb.png")]
    [TestCase("progressive.jpg")]
    public void Decode_BytesBehindTheEnd_AreOfNoMatter(string name) =>
        Assert.That(Decode([.. ImageSamples.File(name), 1, 2, 3, 0xFF], 3).Pixels, Is.EqualTo(Decode(ImageSamples.File(name), 3).Pixels));

    private static DecodedImage Decode(byte[] file, int channels) => ImageDecoder.Decode(
        file,
        new ImageOptions("image", true, TensorType.Float32, 8, 8, channels, ImageLayout.Nhwc, Resize: true, PixelScaling.Create(1, new double[channels], [.. Enumerable.Repeat(1.0, channels)], false), Spec("x", TensorType.Float32, -1, 8, 8, channels)),
        0);
}
