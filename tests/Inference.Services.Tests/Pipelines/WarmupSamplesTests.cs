using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;
using Inference.Services.Pipelines;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Pipelines;

public sealed class WarmupSamplesTests
{
    private readonly List<(string Shape, byte[] Data)> _fed = [];

    [Test]
    public async Task Run_EachContent_IsFedWithItsRows()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, [1, 0, 0, 0, 2, 0, 0, 0]);
        try
        {
            var reason = await RunAsync(
                [new TensorSpec("zeros", TensorType.Float32, [-1, 2]), new TensorSpec("random", TensorType.Float32, [-1, 2]), new TensorSpec("file", TensorType.Int32, [-1, 2]), new TensorSpec("left_out", TensorType.Int64, [-1, -1])],
                new WarmupSample("w", 2, 3, [new("zeros", [2], WarmupContent.Zeros), new("random", [2], WarmupContent.Random), new("file", [2], WarmupContent.File) { File = file }]));

            Assert.Multiple(() =>
            {
                Assert.That(reason, Is.Null);
                Assert.That(_fed, Has.Count.EqualTo(8));
                Assert.That(_fed.Take(4).Select(f => f.Shape), Is.EqualTo(new[] { "FP32[3,2]", "FP32[3,2]", "INT32[3,2]", "INT64[3,1]" }));
                Assert.That(_fed[0].Data, Is.All.Zero);
                Assert.That(_fed[1].Data, Is.Not.All.Zero);
                Assert.That(_fed[1].Data[..8], Is.EqualTo(_fed[1].Data[8..16]));
                Assert.That(_fed[2].Data, Is.EqualTo(Enumerable.Repeat<byte[]>([1, 0, 0, 0, 2, 0, 0, 0], 3).SelectMany(b => b)));
            });
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public async Task Run_EveryType_IsFilledWithRandomValuesThatAreValid()
    {
        var types = Enum.GetValues<TensorType>();
        var reason = await RunAsync(
            [.. types.Select(t => new TensorSpec(t.ToString(), t, [4]))],
            new WarmupSample("w", 1, 0, [.. types.Select(t => new WarmupInput(t.ToString(), [4], WarmupContent.Random))]));

        Assert.That((reason, _fed.Count), Is.EqualTo((default(string), types.Length)));
    }

    [Test]
    public async Task Run_OneThatFails_StopsNoOtherAndIsTold()
    {
        var reason = await RunAsync(
            [new TensorSpec("x", TensorType.Float32, [2])],
            new WarmupSample("bad", 1, 0, [new("x", [3], WarmupContent.Zeros)]),
            new WarmupSample("gone", 1, 0, [new("x", [2], WarmupContent.File) { File = "/nowhere/at/all" }]),
            new WarmupSample("good", 1, 0, [new("x", [2], WarmupContent.Zeros)]));

        Assert.Multiple(() =>
        {
            Assert.That(reason, Does.Contain("warm-up 'bad': ").And.Contain("[3]"));
            Assert.That(_fed, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public async Task Run_FileOfAnotherSize_IsTold()
    {
        var file = Path.GetTempFileName();
        try
        {
            var reason = await RunAsync([new TensorSpec("x", TensorType.Float32, [2])], new WarmupSample("w", 1, 0, [new("x", [2], WarmupContent.File) { File = file }]));
            Assert.That(reason, Does.Contain("warm-up 'w': ").And.Contain("'x'"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<string?> RunAsync(TensorSpec[] inputs, params WarmupSample[] samples)
    {
        var rented = TensorPool.Shared.Rented;
        var spec = ModelSpec.Create(inputs, [new TensorSpec("y", TensorType.Float32, [-1])], "fake");
        var executor = new FakeExecutor((set, _) =>
        {
            _fed.AddRange(set.Select(i => (i.Tensor.ToString(), i.Tensor.Data.ToArray())));
            return ValueTask.FromResult(new TensorSet());
        });
        _fed.Clear();
        var catalogue = new ComponentCatalogue([], []);
        var (pre, post) = (ComponentManifest.Passthrough("f"), ComponentManifest.Passthrough("f"));
        var folder = new ArtefactFolder(Path.GetTempPath());
        await using var pipeline = new Pipeline(
            new PipelineKey("m", 1),
            catalogue.Preprocessor(pre.Name, pre.Location).Create(new ComponentContext(spec, new OptionReader(pre.Options), folder)),
            new Model("m", spec, executor),
            catalogue.Postprocessor(post.Name, post.Location).Create(new ComponentContext(spec, new OptionReader(post.Options), folder)),
            TimeProvider.System);
        var reason = await Warmup.RunAsync(pipeline, new WarmupOptions(1, 1) { Samples = [.. samples] }, CancellationToken.None);
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(rented));
        return reason;
    }
}
