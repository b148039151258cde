using System.Text.Json;
using Inference.Domain;

namespace Inference.Adapters.Cli.Tests.Commands;

public sealed class ModelsCommandTests
{
    [Test]
    public async Task Models_InProcess_ListsStatesContractsAndReasons()
    {
        using var shell = Filled();

        var code = await shell.RunAsync("models", "--repository", "models");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(shell.Output, Does.Contain("bad version 1  UNAVAILABLE: not an ONNX file"));
            Assert.That(shell.Output, Does.Contain("good version 2  READY").And.Contain("    inputs:  x FP32[-1,2]").And.Contain("    outputs: y FP32[-1,2]"));
        });
    }

    [Test]
    public async Task Models_Json_IsAListOfVersions()
    {
        using var shell = Filled();

        await shell.RunAsync("models", "--repository", "models", "--json");

        var models = JsonDocument.Parse(shell.Output).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(models[0].GetProperty("reason").GetString(), Is.EqualTo("not an ONNX file"));
            Assert.That(models[0].TryGetProperty("inputs", out _), Is.False);
            Assert.That(models[1].GetProperty("state").GetString(), Is.EqualTo("READY"));
            Assert.That(models[1].GetProperty("inputs")[0].GetRawText().Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal), Is.EqualTo("""{"name":"x","datatype":"FP32","shape":[-1,2]}"""));
        });
    }

    [Test]
    public async Task Models_EmptyRepository_SaysSo()
    {
        using var shell = new Shell();

        var code = await shell.RunAsync("models", "--repository", "models");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(shell.Output, Is.EqualTo("No models." + Environment.NewLine));
        });
    }

    private static Shell Filled()
    {
        var shell = new Shell();
        shell.Engine.Repository.Add("bad", 1).Add("good", 2);
        shell.Engine.Executors.Fail("model 'bad' version 1", new InferenceException(ErrorCode.LoadFailed, "not an ONNX file"));
        return shell;
    }
}
