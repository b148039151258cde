using System.Collections.Frozen;
using Inference.Domain.Registry;

namespace Inference.Domain.Tests.Registry;

internal sealed class PipelineRegistryTests
{
    [Test]
    public void Publish_SameName_ReplacesTheModel()
    {
        var registry = new PipelineRegistry();
        var second = Model("b", 2);
        registry.Publish(Model("b", 1));
        registry.Publish(Model("a", 1));
        registry.Publish(second);
        Assert.That(registry.Models.Select(m => m.Name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(registry.Get("b"), Is.SameAs(second));
        Assert.That((registry.Remove("b"), registry.Remove("b"), registry.Find("b")), Is.EqualTo((true, false, (ModelEntry?)null)));
    }

    [TestCase("", "the request names no model; set model_name.")]
    [TestCase("digit", "model 'digit' is not in the repository. Did you mean 'digits'?")]
    [TestCase("other", "model 'other' is not in the repository.")]
    public void Get_UnknownName_SaysWhatMayBeMeant(string name, string expected)
    {
        var registry = new PipelineRegistry();
        registry.Publish(Model("digits", 1));
        Assert.That(DomainErrors.Refusal(ErrorCode.ModelNotFound, () => registry.Get(name)), Is.EqualTo(expected));
    }

    [Test]
    public void Find_Version_IsThatEntryOrNone()
    {
        var model = Model("a", 1, 3);
        Assert.That((model.Find(3)?.Key.Version, model.Find(2)), Is.EqualTo(((long?)3, (PipelineEntry?)null)));
    }

    private static ModelEntry Model(string name, params long[] versions) =>
        new(name, [.. versions.Select(v => new PipelineEntry(new PipelineKey(name, v)))], FrozenDictionary<string, long>.Empty, null);
}
