using Inference.Infra.Components.Image.Jpeg;

namespace Inference.Infra.Tests.Components.Image;

internal sealed class JpegDecoderTests
{
    // Decoders may differ in how they round, which for colours adds up over transform, stretching and conversion.
    [TestCaseSource(typeof(ImageSamples), nameof(ImageSamples.Jpeg))]
    public void Decode_EveryKind_GivesThePixelsOfAnotherDecoderWithinRounding(string name)
    {
        var image = JpegDecoder.Decode(ImageSamples.File(name), (_, _) => { });
        var expected = ImageSamples.Expected(name);
        Assert.That((image.Height, image.Width, image.Channels), Is.EqualTo((expected.Height, expected.Width, expected.Channels)));
        var differences = image.Pixels.Zip(expected.Pixels, (a, b) => Math.Abs(a - b)).ToList();
        TestContext.Out.WriteLine($"{differences.Max()} {differences.Average()}");
        Assert.That(differences.Max(), Is.LessThanOrEqualTo(3));
        Assert.That(differences.Average(), Is.LessThan(0.6));
    }
}
