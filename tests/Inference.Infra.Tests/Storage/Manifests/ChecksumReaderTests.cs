using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class ChecksumReaderTests
{
    private const string Sum = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08";

    [Test]
    public void Read_OneChecksum_IsTheArtefacts() =>
        Assert.That(Read($"model: {{ file: net.onnx, sha256: {Sum} }}").Single(), Is.EqualTo(KeyValuePair.Create("net.onnx", Sum.ToLowerInvariant())));

    [Test]
    public void Read_Section_HasAChecksumForEachFile() =>
        Assert.That(
            Read($"model:\n  sha256:\n    model.onnx: {Sum}\n    weights/a.bin: {Sum}").Keys.Order(StringComparer.Ordinal),
            Is.EqualTo(new[] { "model.onnx", "weights/a.bin" }));

    [Test]
    public void Read_Nothing_ChecksNothing() => Assert.That(Read("model: { file: net.onnx }"), Is.Empty);

    [TestCase("model: { sha256: abc }", "p.yaml:1: 'sha256' of 'model.onnx' (line 1) is 'abc'; expected 64 hexadecimal digits, as sha256sum prints them.")]
    [TestCase("model:\n  sha256:\n    a.bin: [1]", "'sha256' of 'a.bin' (line 3) is ''; expected 64 hexadecimal digits")]
    [TestCase("model: { sha256: [a] }", "'sha256' of 'model.onnx' (line 1) is ''")]
    public void Read_Mistake_IsToldWithLineAndRemedy(string text, string expected) =>
        Assert.That(Assert.Throws<ManifestException>(() => Read(text))!.Message, Does.Contain(expected));

    private static IReadOnlyDictionary<string, string> Read(string text) => PipelineManifestReader.Read(YamlReader.Read(text, "p.yaml"), new ExecutionOptions()).Sha256;
}
