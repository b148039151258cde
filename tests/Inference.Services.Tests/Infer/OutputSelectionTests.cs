using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Services.Tests.Infer;

public sealed class OutputSelectionTests
{
    private static readonly TensorSpec[] Specs = [new("label", TensorType.Int64, [-1]), new("score", TensorType.Float32, [-1])];

    private static WorkLimit Unlimited => new("m", new RequestContext("r", CancellationToken.None), TimeProvider.System);

    [Test]
    public void Select_InOtherOrder_KeepsTheRequestsOrderAndFreesTheRest()
    {
        var before = TensorPool.Shared.Rented;
        var all = Three();

        using (var selected = OutputSelection.Select("m", [new RequestedOutput("c"), new RequestedOutput("a")], all, Unlimited))
        {
            Assert.That(selected.Select(t => t.Name), Is.EqualTo(new[] { "c", "a" }));
            Assert.That(TensorPool.Shared.Rented, Is.EqualTo(before + 2));
        }

        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(before));
    }

    [Test]
    public void Select_NoneAsked_GivesAll()
    {
        using var all = Three();

        Assert.That(OutputSelection.Select("m", [], all, Unlimited), Is.SameAs(all));
    }

    [Test]
    public void Select_ClassificationFails_FreesEverything()
    {
        var before = TensorPool.Shared.Rented;

        Assert.Throws<InferenceException>(() => OutputSelection.Select("m", [new RequestedOutput("a"), new RequestedOutput("b", 1)], Three(TensorShape.Scalar), Unlimited));

        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(before));
    }

    [TestCase("scor", 0, "Did you mean 'score'?")]
    [TestCase("", 0, "expected 'label', 'score'")]
    [TestCase("score", -1, "-1")]
    public void Check_CannotBeGiven_NamesTheOutput(string name, int classes, string expected)
    {
        var error = Assert.Throws<InferenceException>(() => OutputSelection.Check("model 'm' version 1", [new RequestedOutput(name, classes)], Specs));

        Assert.That(error!.Message, Does.StartWith($"model 'm' version 1: output '{name}'").And.Contain(expected));
    }

    [Test]
    public void Check_AskedTwice_IsRefused()
    {
        var error = Assert.Throws<InferenceException>(() => OutputSelection.Check("m", [new RequestedOutput("score"), new RequestedOutput("label"), new RequestedOutput("score", 2)], Specs));

        Assert.That(error!.Message, Does.Contain("'score' is asked for twice"));
    }

    // A list of a million wrong names ends at the first one, not after a quadratic walk.
    [Test]
    [CancelAfter(60_000)]
    public void Check_HugeList_EndsAtOnce()
    {
        var requested = Enumerable.Repeat(new RequestedOutput("score"), 1_000_000).ToArray();

        Assert.Throws<InferenceException>(() => OutputSelection.Check("m", requested, Specs));
    }

    private static TensorSet Three(TensorShape? shape = null)
    {
        var set = new TensorSet();
        foreach (var name in new[] { "a", "b", "c" })
            set.Add(name, Tensor.From<float>(TensorType.Float32, shape ?? TensorShape.Of(1), [1]));
        return set;
    }
}
