using CsCheck;
using Inference.Infra.Components.Image;

namespace Inference.Infra.Tests.Components.Image;

internal sealed class BilinearTests
{
    [Test]
    public void Resize_ToTheSameSize_ChangesNothing() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, 6], Gen.Byte.Array[36 * 3]).Sample((height, width, pixels) =>
            Bilinear.Resize(pixels, height, width, height, width, 3).SequenceEqual(pixels.Take(height * width * 3).Select(p => (float)p)));

    [Test]
    public void Resize_ToTwiceTheWidth_MixesNeighboursAtHalfPositions() =>
        Assert.That(Bilinear.Resize([0, 100], 1, 2, 1, 4, 1), Is.EqualTo(new float[] { 0, 25, 75, 100 }));

    [Test]
    public void Resize_ToHalfTheWidth_TakesTheMiddleOfTwo() =>
        Assert.That(Bilinear.Resize([0, 10, 20, 30], 1, 4, 1, 2, 1), Is.EqualTo(new float[] { 5, 25 }));

    [Test]
    public void Resize_AnyImage_StaysBetweenItsSmallestAndLargestValue() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 9], Gen.Byte.Array[81]).Sample((height, width, toHeight, toWidth, pixels) =>
        {
            var image = pixels[..(height * width)];
            return Bilinear.Resize(image, height, width, toHeight, toWidth, 1).All(v => v >= image.Min() - 1e-3 && v <= image.Max() + 1e-3);
        });
}
