using Inference.Domain;
using Inference.Domain.Registry;

namespace Inference.Adapters.Cli.Tests.Commands;

public sealed class ValidateCommandTests
{
    [Test]
    public async Task Validate_AllGood_PrintsContractsAndExitsWithZero()
    {
        using var shell = new Shell();
        shell.Engine.Repository.Add("a", 1, 2);

        var code = await shell.RunAsync("validate", "models", "--Execution:Lanes=2");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(shell.Host.Opened, Is.EqualTo(new[] { "--Inference:Execution:Lanes=2", "--Inference:Repository:Path=models" }));
            Assert.That(shell.Output, Does.Contain("ok      a version 1  x FP32[-1,2] -> y FP32[-1,2]").And.Contain("ok      a version 2").And.Contain("All 2 versions are ok."));
            Assert.That(shell.Host.Closed, Is.True);
        });
    }

    [Test]
    public async Task Validate_OneFails_PrintsItsReasonBesideTheGoodAndExitsWithOne()
    {
        using var shell = new Shell();
        shell.Engine.Repository.Add("bad", 1).Add("good", 1);
        shell.Engine.Executors.Fail("model 'bad' version 1", new InferenceException(ErrorCode.LoadFailed, "not an ONNX file"));

        var code = await shell.RunAsync("validate", "models");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Output, Does.Contain("FAILED  bad version 1  not an ONNX file").And.Contain("ok      good version 1").And.Contain("1 of 2 FAILED."));
        });
    }

    [Test]
    public async Task Validate_ModelWithNotes_PrintsThemBelowItsVersions()
    {
        using var shell = new Shell();
        shell.Engine.Repository.Add("m", [shell.Engine.Repository.Version(1), shell.Engine.Repository.Version(2)], notes: [new ManifestNote(false, "two runs at once"), new ManifestNote(true, "no cache")]);

        await shell.RunAsync("validate", "models");

        Assert.That(shell.Output.ReplaceLineEndings("\n"), Does.Contain("m version 2  x FP32[-1,2] -> y FP32[-1,2]\n        two runs at once\n        warning: no cache\n"));
    }

    [Test]
    public async Task Validate_ModelWithoutVersions_Fails()
    {
        using var shell = new Shell();
        shell.Engine.Repository.Add("empty", [], problem: "its folder has no version.");

        var code = await shell.RunAsync("validate", "models");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Output, Does.Contain("FAILED  empty  its folder has no version."));
        });
    }

    [Test]
    public async Task Validate_NothingFound_SaysWhatAModelIsAndExitsWithOne()
    {
        using var shell = new Shell();

        var code = await shell.RunAsync("validate", "models");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Output, Does.Contain("<model>/<version>/model.onnx"));
        });
    }
}
