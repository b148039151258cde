using Inference.Infra.Components.Image.Png;

namespace Inference.Infra.Tests.Components.Image;

internal sealed class PngDecoderTests
{
    [TestCaseSource(typeof(ImageSamples), nameof(ImageSamples.Png))]
    public void Decode_EveryKind_GivesExactlyThePixelsOfAnotherDecoder(string name)
    {
        var image = PngDecoder.Decode(ImageSamples.File(name), (_, _) => { });
        var expected = ImageSamples.Expected(name);
        Assert.That((image.Height, image.Width, image.Channels), Is.EqualTo((expected.Height, expected.Width, expected.Channels)));
        Assert.That(image.Pixels, Is.EqualTo(expected.Pixels));
    }
}
