using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.Sessions;

/// <summary>
/// Weights may lie in other files of the model's folder and nowhere else: what leads out of the folder is refused in every
/// place of a model where external data can stand.
/// </summary>
[TestFixture]
internal sealed class ExternalDataTests
{
    private static readonly byte[] Weights = MemoryMarshal.AsBytes<float>([10, 20, 30, 40]).ToArray();
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Create()
    {
        _folder = new TemporaryFolder();
        _folder.Write("outside.bin", Weights);
        _folder.Write("model/inside.bin", Weights);
        _folder.Write("model/deeper/inside.bin", Weights);
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "model", "link.bin"), Path.Combine(_folder.Path, "outside.bin"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "model", "linked"), _folder.Path);
    }

    [TearDown]
    public void Delete() => _folder.Dispose();

    [TestCase("inside.bin")]
    [TestCase("deeper/inside.bin")]
    [TestCase("deeper/../inside.bin")]
    public async Task Load_FileInTheFolder_IsUsed(string location)
    {
        await using var executor = Runtime.Load(Write(Initializer(location))).Executor;
        using var inputs = Runtime.Floats("x", TensorShape.Of(1, 4), 1, 2, 3, 4);
        using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context());
        Assert.That(outputs.Get("y").AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 11, 22, 33, 44 }));
    }

    [Test]
    public void Load_FileOutside_Refused([ValueSource(nameof(Places))] Place place, [Values("../outside.bin", "deeper/../../outside.bin", "link.bin", "linked/outside.bin", "absolute", "missing.bin")] string location)
    {
        var path = Write(place.Make(location == "absolute" ? Path.Combine(_folder.Path, "outside.bin") : location));
        var error = Assert.Throws<InferenceException>(() => Runtime.Load(path))!;
        TestContext.Out.WriteLine(error.Message);
        Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
        Assert.That(error.Message, Does.Contain("external data cannot be used").And.Not.Contain(_folder.Path));
    }

    public static IEnumerable<Place> Places() =>
    [
        new("initializer", Initializer),
        new("attribute", location => Onnx.Model(g => Ends(g
            .Node("Constant", [], ["w"], n => n.TensorAttribute("value", t => Onnx.External(t, "w", location)))
            .Node("Add", ["x", "w"], ["y"])))),
        new("nested graph", location => Onnx.Model(g => Ends(g
            .Node("If", ["c"], ["y"], n => n.GraphAttribute("then_branch", b => Branch(b, location)).GraphAttribute("else_branch", b => Branch(b, location)))
            .Input("c", Onnx.Bool)))),
        new("sparse initializer", location => Onnx.Model(g => Ends(g
            .Node("Add", ["x", "w"], ["y"])
            .Message(15, s => s
                .Message(1, t => Onnx.External(t, "w", location))
                .Message(2, t => t.Number(1, 4).Number(2, Onnx.Int64).Text(8, "i").Data(9, MemoryMarshal.AsBytes<long>([0, 1, 2, 3])))
                .Number(3, 4))))),
        new("function", location => Onnx.Model(
            g => Ends(g.Node("F", ["x"], ["y"], domain: "local")),
            more: m => m
                .Message(8, o => o.Text(1, "local").Number(2, 1))
                .Message(25, f => f
                    .Text(1, "F").Text(4, "a").Text(5, "b")
                    .Message(7, n => n.Text(2, "w").Text(4, "Constant").TensorAttribute("value", t => Onnx.External(t, "w", location)))
                    .Message(7, n => n.Text(1, "a").Text(1, "w").Text(2, "b").Text(4, "Add"))
                    .Message(9, o => o.Text(1, "").Number(2, 15))
                    .Text(10, "local")))),
    ];

    private static byte[] Initializer(string location) =>
        Onnx.Model(g => Ends(g.Node("Add", ["x", "w"], ["y"]).Initializer(t => Onnx.External(t, "w", location))));

    private static void Ends(ProtobufWriter graph) => graph.Input("x", Onnx.Float, "batch", 4).Output("y", Onnx.Float, "batch", 4);

    private static void Branch(ProtobufWriter branch, string location) => branch
        .Text(2, "branch")
        .Node("Add", ["x", "w"], ["z"])
        .Initializer(t => Onnx.External(t, "w", location))
        .Output("z", Onnx.Float, "batch", 4);

    private string Write(byte[] model) => _folder.Write("model/model.onnx", model);

    internal sealed record Place(string Name, Func<string, byte[]> Make)
    {
        public override string ToString() => Name;
    }
}
