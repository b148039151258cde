using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Tensors;

internal sealed class TensorSetTests
{
    [Test]
    public void Add_Tensors_KeepsTheirOrder()
    {
        using var set = new TensorSet().Add("b", One()).Add("a", One());
        Assert.That(set.Select(t => t.Name), Is.EqualTo(new[] { "b", "a" }));
        Assert.That(set[1].Tensor, Is.SameAs(set.Find("a")));
        Assert.That(set.Find("A"), Is.Null);
    }

    [Test]
    public void Add_NameTwice_IsRefusedAndLeavesTheTensorToTheCaller()
    {
        using var set = new TensorSet().Add("a", One());
        using var second = One();
        Assert.That(DomainErrors.InvalidArgument(() => set.Add("a", second)), Is.EqualTo("tensor 'a' is given twice; each name may stand once."));
        set.Dispose();
        Assert.That(() => second.Share().Dispose(), Throws.Nothing);
    }

    [Test]
    public void Get_UnknownName_TellsWhatIsThere()
    {
        using var set = new TensorSet().Add("a", One()).Add("b", One());
        Assert.That(DomainErrors.InvalidArgument(() => set.Get("c")), Is.EqualTo("tensor 'c' is missing; present: 'a', 'b'."));
    }

    [Test]
    public void Dispose_SetAndItsShare_ReturnsEveryBuffer()
    {
        var before = TensorPool.Shared.Rented;
        var set = new TensorSet().Add("a", One()).Add("b", One());
        var share = set.Share();
        set.Dispose();
        set.Dispose();
        Assert.That(share.Get("b").AsSpan<float>()[0], Is.EqualTo(1));
        share.Dispose();
        Assert.That((set.Count, TensorPool.Shared.Rented), Is.EqualTo((0, before)));
    }

    [Test]
    public void Find_AnyNumberOfTensors_FindsEachAndRefusesEachTwice([Values(1, 15, 16, 17, 18, 100)] int count)
    {
        using var set = new TensorSet();
        for (var i = 0; i < count; i++)
            set.Add($"t{i}", One());
        using var share = set.Share();
        using var extra = One();
        Assert.Multiple(() =>
        {
            for (var i = 0; i < count; i++)
            {
                Assert.That(set.Find($"t{i}"), Is.SameAs(set[i].Tensor));
                Assert.That(share.Find($"t{i}"), Is.SameAs(share[i].Tensor));
                Assert.That(DomainErrors.InvalidArgument(() => set.Add($"t{i}", extra)), Does.Contain($"'t{i}'"));
            }
        });
        set.Dispose();
        Assert.That((set.Find("t0"), set.Count), Is.EqualTo(((Tensor?)null, 0)));
        Assert.That(set.Add("t0", One()).Find("t0"), Is.Not.Null);
    }

    private static Tensor One() => Tensor.From<float>(TensorType.Float32, TensorShape.Of(1), [1]);
}
