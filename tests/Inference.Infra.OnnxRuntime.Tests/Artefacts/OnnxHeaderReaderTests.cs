using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Infra.OnnxRuntime.Artefacts;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.Artefacts;

[TestFixture]
internal sealed partial class OnnxHeaderReaderTests
{
    [Test]
    public void Read_Inputs_ShapesAsDeclared()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.onnx", Onnx.Model(g => g
            .Initializer(t => Onnx.Floats(t, "w", new float[10_000]))
            .Input("fixed", Onnx.Float, 2, 3)
            .Input("scalar", Onnx.Float)
            .Input("symbolic", Onnx.Float, 2, "n")
            .InputWithoutShape("none", Onnx.Float)
            .Output("y", Onnx.Float, "ignored")));
        var header = OnnxHeaderReader.Read(path, Runtime.Label);
        Assert.That(header.Inputs, Is.EqualTo(new DeclaredTensor[]
        {
            new("fixed", true, true),
            new("scalar", true, true),
            new("symbolic", true, false),
            new("none", false, true),
        }));
        Assert.That(header.HasFixedInputs, Is.False);
    }

    [Test]
    public void Read_StoredModels_AgreesWithTheirNames()
    {
        Assert.That(OnnxHeaderReader.Read(Runtime.Stored("fixed"), Runtime.Label).HasFixedInputs, Is.True);
        Assert.That(OnnxHeaderReader.Read(Runtime.Stored("dense"), Runtime.Label).HasFixedInputs, Is.False);
    }

    [Test]
    public async Task Read_PipeInPlaceOfTheFile_IsRefusedAtOnce()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("named pipes are made by the C library of Linux");
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "model.onnx");
        Assert.That(MakePipe(path, 0x180), Is.Zero);
        var reading = Task.Run(() => OnnxHeaderReader.Read(path, Runtime.Label));
        var error = await Assert.ThrowsAsync<InferenceException>(() => reading.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.That((error!.Code, error.Message), Is.EqualTo((ErrorCode.LoadFailed, $"{Runtime.Label}: file 'model.onnx' is empty; store the exported model there.")));
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
