using CsCheck;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class YamlReaderTests
{
    private static readonly string[] Words =
        ["a: ", "- ", "\n", "  ", "{", "}", "[", "]", ",", "'", "\"", "#", "&x ", "*x ", "!t ", "|", ">", "---", "...", "%", "? ", "\t", "key", ": "];

    [Test]
    public void Read_SectionsListsAndWords_KeepsOrderAndLines()
    {
        var root = Read("# comment\nb: 1\na:\n  - x\n  - { y: 'two words' }\nc:\n  d: |\n    text\n");
        Assert.That(root.Entries.Select(e => $"{e.Key} {e.Value.Kind} {e.Value.Location}"), Is.EqualTo(new[] { "b Scalar f.yaml:2", "a List f.yaml:3", "c Section f.yaml:6" }));
        Assert.That(root.Entries[1].Value.Items[1].Entries[0].Value.Text, Is.EqualTo("two words"));
        Assert.That(root.Entries[2].Value.Entries[0].Value.Text, Is.EqualTo("text\n"));
    }

    [TestCase("")]
    [TestCase("   \n\n")]
    [TestCase("# nothing but a comment\n")]
    [TestCase("---\n")]
    [TestCase("---\n...\n")]
    public void Read_NothingWritten_IsAnEmptySection(string text)
    {
        var root = Read(text);
        Assert.That((root.Kind, root.Entries.Count), Is.EqualTo((OptionKind.Section, 0)));
    }

    [TestCase("a: 1\nb: 2\na: 3", "f.yaml:3: key 'a' stands here and in line 1; each key may stand once.")]
    [TestCase("a: &x 1\nb: 2", "f.yaml:1: anchor '&x' is not supported")]
    [TestCase("a: 1\nb: !!int 2", "f.yaml:2: tag 'tag:yaml.org,2002:int' is not supported")]
    [TestCase("a: !python/object 2", "f.yaml:1: tag '!python/object' is not supported")]
    [TestCase("a: 1\n---\nb: 2", "f.yaml:2: a second document begins here")]
    [TestCase("[a]: 1", "f.yaml:1: a key must be a single word.")]
    [TestCase("a: 1\n\tb: 2", "f.yaml:1: this is not valid YAML: While scanning a plain scalar, found a tab character")]
    [TestCase("a: [1, 2", "this is not valid YAML")]
    [TestCase("a: b: c", "f.yaml:1: this is not valid YAML")]
    [TestCase("a: \"\\q\"", "f.yaml:1: this is not valid YAML")]
    public void Read_WhatIsNotPlainYaml_IsRefusedWithItsLine(string text, string expected) =>
        Assert.That(Assert.Throws<ManifestException>(() => Read(text))!.Message, Does.Contain(expected));

    [Test]
    public void Read_SeveralMistakes_TellsAll()
    {
        var error = Assert.Throws<ManifestException>(() => Read("a: &x 1\nb: *x\nb: 2\n"))!;
        Assert.That(error.Errors, Has.Count.EqualTo(3));
    }

    [Test]
    public void Read_AliasesThatGrow_AreRefusedWithoutGrowing()
    {
        var text = "a0: &a0 [x, x]\n" + string.Concat(Enumerable.Range(1, 40).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n"));
        Assert.That(Assert.Throws<ManifestException>(() => Read(text))!.Errors[0], Is.EqualTo("f.yaml:1: anchor '&a0' is not supported; write the value out where it is needed."));
    }

    [TestCase("[", 500_000)]
    [TestCase("{a: ", 250_000)]
    [TestCase("- ", 250_000)]
    [TestCase("? ", 250_000)]
    public void Read_DeepNesting_IsRefusedWithoutExhaustingTheStack(string part, int times) =>
        Assert.That(Assert.Throws<ManifestException>(() => Read(string.Concat(Enumerable.Repeat(part, times))))!.Message, Does.Contain("f.yaml:1: "));

    [Test]
    public void Read_AnyText_IsReadOrRefused()
    {
        var piece = Gen.OneOf(Gen.Int[0, Words.Length - 1].Select(i => Words[i]), Gen.String[0, 3]);
        piece.Array[0, 40].Select(string.Concat).Sample(
            text =>
            {
                try
                {
                    return Read(text) is not null;
                }
                catch (ManifestException e)
                {
                    return e.Errors.All(m => m.StartsWith("f.yaml", StringComparison.Ordinal));
                }
            },
            iter: 20_000);
    }

    private static OptionNode Read(string text) => YamlReader.Read(text, "f.yaml");
}
