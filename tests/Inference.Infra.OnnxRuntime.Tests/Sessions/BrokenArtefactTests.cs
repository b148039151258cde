using CsCheck;
using Inference.Domain;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.Sessions;

/// <summary>Artefacts that cannot be served end in one clear line, never in a crash.</summary>
[TestFixture]
internal sealed class BrokenArtefactTests
{
    private static readonly byte[] Good = File.ReadAllBytes(Runtime.Stored("dense"));
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [TestCase("empty_file", "is empty")]
    [TestCase("text_file", "is not an ONNX model")]
    [TestCase("truncated", "is truncated or damaged")]
    [TestCase("no_model_file", "there is no file 'model.onnx'")]
    [TestCase("unknown_operator", "operator that ONNX Runtime does not have")]
    [TestCase("external_data_absolute", "external data cannot be used")]
    [TestCase("external_data_outside", "external data cannot be used")]
    public void Load_BrokenModel_ReasonIsTold(string model, string said) => Refused(Runtime.Broken(model), said);

    [Test]
    public void Load_NewerOpset_ReasonIsTold() =>
        Refused(Write(Onnx.Model(g => g.Node("Neg", ["x"], ["y"]).Input("x", 1, 1).Output("y", 1, 1), opset: 999)), "newer ONNX", "Opset 999");

    [Test]
    public void Load_NewerIrVersion_ReasonIsTold() =>
        Refused(Write(Onnx.Model(g => g.Node("Neg", ["x"], ["y"]).Input("x", 1, 1).Output("y", 1, 1), irVersion: 999)), "newer ONNX", "999");

    [Test]
    public void Load_UnknownDomain_ReasonIsTold() =>
        Refused(Write(Onnx.Model(g => g.Node("Neg", ["x"], ["y"], domain: "my.ops").Input("x", 1, 1).Output("y", 1, 1))), "operator", "my.ops");

    [Test]
    public void Load_Folder_ReasonIsTold() => Refused(_folder.Path, "cannot be read");

    [Test]
    public void Load_CutAnywhere_RefusedOrLoaded() =>
        Gen.Int[0, Good.Length - 1].Sample(length => Settles(Good[..length]), iter: 60, threads: 1);

    [Test]
    public void Load_AnyByteChanged_RefusedOrLoaded() =>
        Gen.Select(Gen.Int[0, Good.Length - 1], Gen.Byte).Sample(
            (position, value) =>
            {
                var changed = (byte[])Good.Clone();
                changed[position] = value;
                return Settles(changed);
            },
            iter: 150,
            threads: 1);

    private string Write(byte[] model) => _folder.Write("model.onnx", model);

    private bool Settles(byte[] model)
    {
        try
        {
            Runtime.Load(Write(model)).Executor.DisposeAsync().AsTask().GetAwaiter().GetResult();
            return true;
        }
        catch (InferenceException e)
        {
            return e.Code == ErrorCode.LoadFailed && e.Message.StartsWith(Runtime.Label, StringComparison.Ordinal) && !e.Message.Contains('\n', StringComparison.Ordinal);
        }
    }

    private static void Refused(string path, params string[] said)
    {
        var error = Assert.Throws<InferenceException>(() => Runtime.Load(path))!;
        TestContext.Out.WriteLine(error.Message);
        Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
        Assert.That(error.Message, Does.StartWith(Runtime.Label).And.Not.Contain(AppContext.BaseDirectory).And.Not.Contain("\n").And.Not.Contain("onnxruntime_src").And.Not.Contain("/tmp"));
        foreach (var text in said)
            Assert.That(error.Message, Does.Contain(text));
    }
}
