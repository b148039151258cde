using System.Text.Json;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Services.Tests.Fakes;

namespace Inference.Adapters.Cli.Tests.Commands;

public sealed class InferCommandTests
{
    private static readonly string[] InProcess = ["--repository", "models", "--version", "1"];

    [TestCase("x=[[1,2.5]]")]
    [TestCase("x=[1,2.5]")]
    [TestCase("x={\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2.5]}")]
    [TestCase("x={\"data\":[[1,2.5]]}")]
    public async Task Infer_InputInAnyForm_PrintsTheOutput(string input)
    {
        using var shell = Doubling();

        var code = await shell.RunAsync(["infer", "m", "--input", input, .. InProcess]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, shell.Error);
            Assert.That(Lines(shell.Output), Is.EqualTo(new[] { "model 'm' version 1", "y FP32[1,2]", "  [0] 2, 5" }));
            Assert.That(shell.Host.Closed, Is.True);
        });
    }

    [Test]
    public async Task Infer_FileAndStandardInput_AreRead()
    {
        using var shell = Doubling();
        using var folder = new FakeRepository();
        var file = Path.Combine(folder.Folder.Path, "x.json");
        await File.WriteAllTextAsync(file, "\uFEFF[[3,4]]");
        shell.StandardInput = "[[5,6]]";

        var fromFile = await shell.RunAsync(["infer", "m", "--input", $"x=@{file}", .. InProcess]);
        var fileOutput = shell.Output;
        var fromStandardInput = await shell.RunAsync(["infer", "m", "--input", "x=@-", .. InProcess]);

        Assert.Multiple(() =>
        {
            Assert.That((fromFile, fromStandardInput), Is.EqualTo((0, 0)), shell.Error);
            Assert.That(fileOutput, Does.Contain("[0] 6, 8"));
            Assert.That(shell.Output, Does.Contain("[0] 10, 12"));
        });
    }

    [Test]
    public async Task Infer_RequestInRestForm_PrintsJsonInRestForm()
    {
        using var shell = Doubling();
        shell.StandardInput = """{"id":"a1","inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":[1,2,3,4]}],"outputs":[{"name":"y"}]}""";

        var code = await shell.RunAsync(["infer", "m", "--request", "-", "--json", .. InProcess]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, shell.Error);
            Assert.That(
                shell.Output.TrimEnd(),
                Is.EqualTo("""{"model_name":"m","model_version":"1","id":"a1","outputs":[{"name":"y","datatype":"FP32","shape":[2,2],"data":[2,4,6,8]}]}"""));
        });
    }

    [Test]
    public async Task Infer_Classification_PrintsScoresAndIndices()
    {
        using var shell = Doubling();
        shell.StandardInput = """{"inputs":[{"name":"x","data":[[1,2]]}],"outputs":[{"name":"y","parameters":{"classification":1}}]}""";

        await shell.RunAsync(["infer", "m", "--request", "-", .. InProcess]);

        Assert.That(shell.Output, Does.Contain("y BYTES[1,1]").And.Contain("\"4.000000:1\""));
    }

    [Test]
    public async Task Infer_Output_PrintsOnlyThatOne()
    {
        using var shell = new Shell();
        shell.Engine.Repository.Add("m", 1);
        var spec = ModelSpec.Create([new TensorSpec("x", TensorType.Int64, [])], [new TensorSpec("a", TensorType.Int64, []), new TensorSpec("b", TensorType.Int64, [])], "fake");
        shell.Engine.Executors.Serve(
            "model 'm' version 1",
            new FakeExecutor((inputs, _) => ValueTask.FromResult(new TensorSet().Add("a", inputs.Get("x").Share()).Add("b", inputs.Get("x").Share()))),
            spec);

        await shell.RunAsync(["infer", "m", "-i", "x=7", "-o", "b", .. InProcess]);

        Assert.That(Lines(shell.Output), Is.EqualTo(new[] { "model 'm' version 1", "b INT64[]", "  7" }));
    }

    [TestCase("infer unknown --input x=1 --version 1", "model 'unknown' is not in the repository")]
    [TestCase("infer m --input x=1 --version 9", "available versions: 1")]
    [TestCase("infer m --input x=[[1,2]]", "names no version")]
    [TestCase("infer m --input X1=[[1,2]] --version 1", "input 'X1' is not known; expected 'x' FP32[-1,2]")]
    [TestCase("infer m --input x=[[1,2,3]] --version 1", "has shape [1,3], expected [-1,2]")]
    [TestCase("infer m --input x=[[[[1]]]] --version 1", "cannot be made into FP32[-1,2]")]
    [TestCase("infer m --input x=[1,2] --input x=[1,2] --version 1", "given twice")]
    [TestCase("infer m --input x=[1,2] --output z --version 1", "output 'z' is not known")]
    public async Task Infer_RequestThatCannotBeAnswered_ExitsWithOneAndSaysWhy(string line, string expected)
    {
        using var shell = Doubling();

        var code = await shell.RunAsync([.. line.Split(' '), "--repository", "models"]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Error, Does.StartWith("error: ").And.Contain(expected));
            Assert.That(shell.Output, Is.Empty);
            Assert.That(shell.Host.Closed, Is.True);
        });
    }

    [TestCase("x", "must be NAME=VALUE")]
    [TestCase("x=", "must be NAME=VALUE")]
    [TestCase("=1", "must be NAME=VALUE")]
    [TestCase("x=hello", "is not JSON")]
    [TestCase("x=[1,2", "is not JSON")]
    [TestCase("x=[[1,2],[3]]", "ragged")]
    [TestCase("x=[1,[2]]", "ragged")]
    [TestCase("x=@/no/such/file.json", "cannot be read")]
    [TestCase("x={\"name\":\"z\",\"data\":1}", "holds a tensor named 'z'")]
    [TestCase("x={\"dat\":1}", "Did you mean 'data'?")]
    [TestCase("x={\"data\":1,\"data\":2}", "is not JSON")]
    public async Task Infer_InputThatCannotBeRead_ExitsWithTwo(string input, string expected)
    {
        using var shell = Doubling();

        var code = await shell.RunAsync(["infer", "m", "--input", input, .. InProcess]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2));
            Assert.That(shell.Error, Does.StartWith("error: ").And.Contain(expected));
        });
    }

    [Test]
    public async Task Infer_AfterAnyAnswer_NoTensorBufferIsLeftRented()
    {
        using var shell = Doubling();
        var before = TensorPool.Shared.Rented;

        await shell.RunAsync(["infer", "m", "--input", "x=[[1,2]]", .. InProcess]);
        await shell.RunAsync(["infer", "m", "--input", "x=[[1,2,3]]", .. InProcess]);
        await shell.RunAsync(["infer", "m", "--input", "x=[[1,true]]", .. InProcess]);

        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(before));
    }

    [Test]
    public async Task Infer_Json_IsValidForNumbersThatJsonLacks()
    {
        using var shell = Doubling();

        await shell.RunAsync(["infer", "m", "--input", "x=[[\"NaN\",\"-Infinity\"]]", "--json", .. InProcess]);

        var data = JsonDocument.Parse(shell.Output).RootElement.GetProperty("outputs")[0].GetProperty("data");
        Assert.That(data.EnumerateArray().Select(e => e.GetString()), Is.EqualTo(new[] { "NaN", "-Infinity" }));
    }

    private static Shell Doubling()
    {
        var shell = new Shell();
        shell.Engine.Repository.Add("m", 1);
        return shell;
    }

    private static string[] Lines(string text) => text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
}
