using CsCheck;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Image;
using static Inference.Infra.Tests.Components.ComponentHost;

namespace Inference.Infra.Tests.Components.Image;

internal sealed class ImageGridTests
{
    [Test]
    public void Process_Numbers_IsTheNaiveLoopInEveryLayout() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[1, 5], Gen.Int[1, 5], Gen.Bool, Gen.OneOf(Gen.Const("nchw"), Gen.Const("nhwc"), Gen.Const("flat")))
            .Sample((rows, height, width, colour, layout) =>
            {
                var channels = colour ? 3 : 1;
                double[] mean = [0.5, 1, 1.5], std = [2, 4, 0.5];
                var yaml = $"{{ height: {height}, width: {width}, channels: {channels}, layout: {layout}, scale: 0.25, mean: [{List(mean, channels)}], std: [{List(std, channels)}] }}";
                var pixels = Enumerable.Range(0, rows * height * width * channels).Select(i => (float)((i * 37) % 101)).ToArray();
                long[] shape = colour ? [rows, height, width, 3] : [rows, height, width];
                using var outputs = Create(layout, yaml).Process(new TensorSet().Add("image", Tensor.From<float>(TensorType.Float32, TensorShape.Of(shape), pixels)));
                var values = outputs.Get("x");
                for (var i = 0; i < pixels.Length; i++)
                {
                    var (c, x, y, n) = (i % channels, i / channels % width, i / channels / width % height, i / channels / width / height);
                    var expected = ((pixels[i] * 0.25) - mean[c]) / std[c];
                    var at = layout == "nchw" ? (((((n * channels) + c) * height) + y) * width) + x : (((((n * height) + y) * width) + x) * channels) + c;
                    if (Math.Abs(values.AsSpan<float>()[at] - expected) > 1e-5)
                        return false;
                }

                return values.Shape.ElementCount == pixels.Length;
            });

    [Test]
    public void Process_Bytes_GivesTheSameAsNumbers()
    {
        var component = Create("nchw", "{ height: 1, width: 3, datatype: UINT8, scale: 0.5, mean: 1 }");
        using var outputs = component.Process(new TensorSet().Add("image", Tensor.From<byte>(TensorType.UInt8, TensorShape.Of(1, 1, 3), [0, 2, 255])));
        Assert.That(outputs.Floats("x"), Is.EqualTo(new[] { -1, 0, 126.5f }));
    }

    [TestCase("nchw", 1, "numbers", "FP32[-1,8,6]", "FP32[-1,1,8,6]")]
    [TestCase("nchw", 3, "numbers", "FP32[-1,8,6,3]", "FP32[-1,3,8,6]")]
    [TestCase("nhwc", 3, "encoded", "BYTES[-1]", "FP32[-1,8,6,3]")]
    [TestCase("flat", 3, "encoded", "BYTES[-1]", "FP32[-1,144]")]
    public void Specs_EveryLayout_AreWhatIsSentAndFed(string layout, int channels, string source, string sent, string fed)
    {
        var component = Create(layout, $"{{ height: 8, width: 6, channels: {channels}, layout: {layout}, source: {source} }}");
        Assert.That($"{component.Inputs.Single().Name} {component.Inputs.Single().Describe()}", Is.EqualTo($"image {sent}"));
        Assert.That(component.Outputs.Single().Describe(), Is.EqualTo(fed));
    }

    [TestCaseSource(typeof(ImageSamples), nameof(ImageSamples.Png))]
    public void Process_EncodedImages_GivesTheirPixelsInTheAskedChannels(string name)
    {
        var expected = ImageSamples.Expected(name).To(3);
        var component = Create("nhwc", $"{{ source: encoded, height: {expected.Height}, width: {expected.Width}, channels: 3, layout: nhwc }}");
        using var outputs = component.Process(new TensorSet().With("image", ImageSamples.File(name), ImageSamples.File("rgb.png")));
        Assert.That(outputs.Floats("x"), Is.EqualTo(expected.Pixels.Concat(ImageSamples.Expected("rgb.png").Pixels).Select(p => (float)p)));
    }

    [Test]
    public void Process_ColourImageForAGreyModel_IsItsLuma()
    {
        using var outputs = Create("nchw", "{ source: encoded, height: 23, width: 19 }").Process(new TensorSet().With("image", ImageSamples.File("rgb.png")));
        Assert.That(outputs.Floats("x"), Is.EqualTo(ImageSamples.Expected("grey.png").Pixels.Select(p => (float)p)));
    }

    [Test]
    public void Process_OtherSize_IsRefusedOrResized()
    {
        var inputs = new TensorSet().With("image", ImageSamples.File("rgb.png"));
        var refusal = Refusal(ErrorCode.InvalidArgument, () => Create("nchw", "{ source: encoded, height: 8, width: 8 }").Process(inputs));
        Assert.That(refusal, Is.EqualTo("input 'image' row 0 (from 0) has 23 x 19 pixels (height x width), expected 8 x 8; resize it, or set 'resize: bilinear' in the manifest."));
        using var outputs = Create("nchw", "{ source: encoded, height: 8, width: 8, resize: bilinear }").Process(inputs);
        Assert.That(outputs.Get("x").Shape, Is.EqualTo(TensorShape.Of(1, 1, 8, 8)));
    }

    [Test]
    public void Process_NoRows_GivesNoRows()
    {
        using var outputs = Create("nchw", "{ source: encoded, height: 8, width: 8 }").Process(new TensorSet().With("image", Array.Empty<byte[]>()));
        Assert.That(outputs.Get("x").Shape, Is.EqualTo(TensorShape.Of(0, 1, 8, 8)));
    }

    [TestCase("", "row 1 (from 0) is empty; send a PNG or JPEG file")]
    [TestCase("GIF89a", "row 1 (from 0) is neither a PNG nor a JPEG file")]
    public void Process_NoImage_IsRefusedByRow(string content, string expected)
    {
        var inputs = new TensorSet().With("image", ImageSamples.File("rgb.png"), System.Text.Encoding.ASCII.GetBytes(content));
        Assert.That(Refusal(ErrorCode.InvalidArgument, () => Create("nchw", "{ source: encoded, height: 23, width: 19 }").Process(inputs)), Does.Contain(expected));
    }

    [TestCase("{ height: 8 }", "'width' is missing")]
    [TestCase("{ height: 0, width: 8 }", "expected a whole number from 1 to 8192")]
    [TestCase("{ height: 8, width: 8, channels: 2 }", "expected 1, 3")]
    [TestCase("{ height: 8, width: 8, layout: hwc }", "Did you mean 'nhwc'?")]
    [TestCase("{ height: 8, width: 8, mean: [1, 2] }", "has 2 numbers; expected one, or one for each of 1 channels")]
    [TestCase("{ height: 8, width: 8, std: 0 }", "is 0, and values are divided by it")]
    [TestCase("{ height: 8, width: 8, resize: bilinear }", "is for source: encoded")]
    [TestCase("{ height: 8, width: 8, source: encoded, datatype: UINT8 }", "is for source: numbers")]
    [TestCase("{ height: 8, width: 8, layout: flat }", "expected 2 dimensions")]
    [TestCase("{ hight: 8, width: 8 }", "Did you mean 'height'?")]
    public void Create_WrongOption_TellsWhatIsWrong(string yaml, string expected) =>
        Assert.That(string.Join(' ', Mistakes(() => Create("nchw", yaml))), Does.Contain(expected));

    [Test]
    public void Create_ModelOfAnotherSize_TellsBoth()
    {
        var input = Spec("x", TensorType.Float32, -1, 1, 28, 28);
        Assert.That(
            Mistakes(() => Preprocessor(new ImageGridFactory(), input, "{ height: 8, width: 8 }")).Single(),
            Does.Contain("makes FP32[-1,1,8,8] of 8 x 8 pixels with 1 channels, but the model input 'x' is FP32[-1,1,28,28]"));
    }

    private static IPreprocessor Create(string layout, string yaml) => Preprocessor(
        new ImageGridFactory(), layout == "flat" ? Spec("x", TensorType.Float32, -1, -1) : Spec("x", TensorType.Float32, -1, -1, -1, -1), yaml);

    private static string List(double[] numbers, int count) => string.Join(", ", numbers.Take(count).Select(n => $"{n:R}"));
}
