using CsCheck;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Rows;
using static Inference.Infra.Tests.Components.ComponentHost;

namespace Inference.Infra.Tests.Components.Rows;

internal sealed class RowsEachTests
{
    [Test]
    public void Split_AnyRows_GivesEachOnceInOrder() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[1, 9]).Sample((total, rows) =>
        {
            var numbers = Enumerable.Range(0, total * 2).Select(i => (float)i).ToArray();
            var texts = Enumerable.Range(0, total).Select(i => new string('a', i % 5)).ToArray();
            using var inputs = new TensorSet()
                .Add("x", Tensor.From<float>(TensorType.Float32, TensorShape.Of(total, 2), numbers))
                .With("t", texts);
            var (readNumbers, readTexts, sizes) = (new List<float>(), new List<string>(), new List<long>());
            foreach (var piece in Component($"rows: {rows}").Split(inputs))
            {
                using (piece)
                {
                    sizes.Add(piece.Get("t").Shape[0]);
                    Assert.That(piece.Get("x").Shape, Is.EqualTo(TensorShape.Of(sizes[^1], 2)));
                    readNumbers.AddRange(piece.Floats("x"));
                    readTexts.AddRange(piece.Texts("t"));
                }
            }

            Assert.That(readNumbers, Is.EqualTo(numbers));
            Assert.That(readTexts, Is.EqualTo(texts));
            Assert.That(sizes.SkipLast(1), Is.All.EqualTo(rows));
        });

    [Test]
    public void Split_PiecesDisposed_GiveTheBufferBack()
    {
        var before = TensorPool.Shared.Rented;
        using (var inputs = new TensorSet().Add("x", Tensor.Allocate(TensorType.Float32, TensorShape.Of(3, 2))).With("t", "a", "b", "c"))
        {
            foreach (var piece in Component("{}").Split(inputs))
                piece.Dispose();
        }

        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(before));
    }

    [TestCase("rows: 0", "'rows'")]
    [TestCase("row: 2", "Did you mean 'rows'?")]
    public void Create_WrongOption_TellsWhatIsWrong(string yaml, string expected) =>
        Assert.That(Mistakes(() => Component(yaml)).Single(), Does.Contain(expected));

    [Test]
    public void Create_ModelWithoutRows_IsRefused() =>
        Assert.That(
            Refusal(ErrorCode.LoadFailed, () => new RowsEachFactory().Create(Context([Spec("x", TensorType.Float32, 2)], [Spec("y", TensorType.Float32, 2)], "{}"))),
            Does.Contain("symbolic first axis"));

    private static ISplittingPreprocessor Component(string yaml) =>
        (ISplittingPreprocessor)new RowsEachFactory().Create(Context(
            [Spec("x", TensorType.Float32, -1, 2), Spec("t", TensorType.Bytes, -1)], [Spec("y", TensorType.Float32, -1)], yaml));
}
