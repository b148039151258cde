using System.Diagnostics;
using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.External;

/// <summary>Once a model is loaded, nothing that happens to its files changes what it answers.</summary>
[TestFixture]
internal sealed class OverwrittenDataTests
{
    // More than a page, so that cutting the file off would leave none of a mapping.
    private const int Width = 4096;
    private static readonly float[] Weights = [.. Enumerable.Range(0, Width).Select(i => i * 0.5f)];
    private TemporaryFolder _folder = null!;
    private string _data = null!;

    [SetUp]
    public void Create()
    {
        _folder = new TemporaryFolder();
        _data = _folder.Write("weights.bin", MemoryMarshal.AsBytes<float>(Weights).ToArray());
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    [TestCase(false)]
    [TestCase(true)]
    public async Task Execute_DataOverwrittenInPlace_AnswersAsBefore(bool nested)
    {
        await using var executor = Runtime.Load(_folder.Write("model.onnx", Model(nested))).Executor;
        await AssertAnswers(executor, nested);
        using (var file = new FileStream(_data, FileMode.Open, FileAccess.Write))
            file.Write(MemoryMarshal.AsBytes<float>([.. Weights.Select(w => -w)]));
        await AssertAnswers(executor, nested);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Execute_DataCutOff_AnswersAsBefore(bool nested)
    {
        await using var executor = Runtime.Load(_folder.Write("model.onnx", Model(nested))).Executor;
        using (var file = new FileStream(_data, FileMode.Open, FileAccess.Write))
            file.SetLength(0);
        await AssertAnswers(executor, nested);
    }

    [Test]
    public async Task Load_NoOffsetAndLength_WholeTensorIsRead()
    {
        var model = Onnx.Model(g => Ends(g.Node("Add", ["x", "w"], ["y"]).Initializer(t => Header(t).Message(13, e => e.Text(1, "location").Text(2, "weights.bin")).Number(14, 1))));
        await using var executor = Runtime.Load(_folder.Write("model.onnx", model)).Executor;
        await AssertAnswers(executor, nested: false);
    }

    [TestCase(0L, 4L * Width + 4, "are wanted from byte")]
    [TestCase(8L, 4L * Width, "are wanted from byte")]
    [TestCase(long.MaxValue, 4L * Width, "are wanted from byte")]
    [TestCase(-1L, 4L * Width, "offset is no number")]
    public void Load_DataTooShort_Refused(long offset, long length, string said)
    {
        foreach (var nested in new[] { false, true })
        {
            var error = Assert.Throws<InferenceException>(() => Runtime.Load(_folder.Write("model.onnx", Model(nested, offset, length))))!;
            Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
            Assert.That(error.Message, Does.StartWith(Runtime.Label).And.Contain(said).And.Not.Contain(_folder.Path));
        }
    }

    [Test]
    public void Load_ShapeAndLengthDiffer_Refused()
    {
        foreach (var nested in new[] { false, true })
        {
            var error = Assert.Throws<InferenceException>(() => Runtime.Load(_folder.Write("model.onnx", Model(nested, 0, 4L * Width - 4))))!;
            Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
            Assert.That(error.Message, Does.Not.Contain(_folder.Path));
        }
    }

    [Test]
    public void Load_DataIsPipe_RefusedWithoutWaiting()
    {
        File.Delete(_data);
        using (var mkfifo = Process.Start("mkfifo", _data))
            mkfifo.WaitForExit();
        var error = Assert.Throws<InferenceException>(() => Runtime.Load(_folder.Write("model.onnx", Model(nested: false))))!;
        Assert.That(error.Message, Does.Contain("external data cannot be used"));
    }

    [Test]
    public void Load_GraphsNestedWithoutEnd_Refused()
    {
        var graph = new ProtobufWriter().Text(2, "graph").Bytes;
        for (var i = 0; i < 20_000; i++)
            graph = Wrap(graph);
        var path = _folder.Write("model.onnx", new ProtobufWriter().Number(1, 8).Data(7, graph).Bytes);
        Assert.That(Assert.Throws<InferenceException>(() => Runtime.Load(path))!.Message, Does.Contain("nested too deeply"));
    }

    // A node with an attribute that is the graph.
    private static byte[] Wrap(byte[] graph) =>
        new ProtobufWriter().Message(1, n => n.Text(4, "If").Message(5, a => a.Text(1, "then_branch").Data(6, graph).Number(20, 5))).Bytes;

    private static byte[] Model(bool nested, long offset = 0, long length = 4L * Width) => Onnx.Model(g => Ends(nested
        ? g.Node("If", ["c"], ["y"], n => n.GraphAttribute("then_branch", b => Branch(b, offset, length)).GraphAttribute("else_branch", b => Branch(b, offset, length))).Input("c", Onnx.Bool)
        : g.Node("Add", ["x", "w"], ["y"]).Initializer(t => External(t, offset, length))));

    private static void Branch(ProtobufWriter branch, long offset, long length) => branch
        .Text(2, "branch")
        .Node("Add", ["x", "w"], ["z"])
        .Initializer(t => External(t, offset, length))
        .Output("z", Onnx.Float, "batch", Width);

    private static void Ends(ProtobufWriter graph) => graph.Input("x", Onnx.Float, "batch", Width).Output("y", Onnx.Float, "batch", Width);

    private static ProtobufWriter Header(ProtobufWriter tensor) => tensor.Number(1, Width).Number(2, Onnx.Float).Text(8, "w");

    private static void External(ProtobufWriter tensor, long offset, long length)
    {
        Header(tensor);
        foreach (var (key, value) in new[] { ("location", "weights.bin"), ("offset", $"{offset}"), ("length", $"{length}") })
            tensor.Message(13, e => e.Text(1, key).Text(2, value));
        tensor.Number(14, 1);
    }

    private static async Task AssertAnswers(IExecutor executor, bool nested)
    {
        using var inputs = Runtime.Floats("x", TensorShape.Of(1, Width), [.. Enumerable.Repeat(1f, Width)]);
        if (nested)
            inputs.Add("c", Tensor.From<bool>(TensorType.Bool, TensorShape.Of(), [true]));
        using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context());
        Assert.That(outputs.Get("y").AsSpan<float>().ToArray(), Is.EqualTo(Weights.Select(w => w + 1)));
    }
}
