using Inference.Core.Configuration;
using Inference.Domain;

namespace Inference.Adapters.Cli.Tests.Commands;

public sealed class CommandLineTests
{
    [Test]
    public async Task Run_NoArguments_Serves()
    {
        using var shell = new Shell();

        var code = await shell.RunAsync();

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(shell.Host.Served, Is.Empty);
        });
    }

    [Test]
    public async Task Run_OptionsWithoutCommand_ServesWithThem()
    {
        using var shell = new Shell();

        await shell.RunAsync("--repository", "models", "--grpc-port", "9001");

        Assert.That(shell.Host.Served, Is.EqualTo(new[] { "--Inference:Repository:Path=models", "--Inference:Server:GrpcPort=9001" }));
    }

    [Test]
    public async Task Serve_EveryOptionAndSetting_ReachTheConfiguration()
    {
        using var shell = new Shell();

        await shell.RunAsync(
            "serve", "--Execution:Lanes=4", "--repository", "r", "--host", "*", "--grpc-port", "1", "--http-port", "2", "--metrics-port", "3", "--Inference:Logging:Format=json");

        Assert.That(
            shell.Host.Served,
            Is.EqualTo(new[]
            {
                "--Inference:Execution:Lanes=4", "--Inference:Logging:Format=json", "--Inference:Repository:Path=r", "--Inference:Server:Host=*",
                "--Inference:Server:GrpcPort=1", "--Inference:Server:HttpPort=2", "--Inference:Server:MetricsPort=3",
            }));
    }

    [Test]
    public async Task Serve_SettingWithSpacesAndEquals_IsKeptWhole()
    {
        using var shell = new Shell();

        await shell.RunAsync("serve", "--Plugins:Path=/a b=c:d");

        Assert.That(shell.Host.Served, Is.EqualTo(new[] { "--Inference:Plugins:Path=/a b=c:d" }));
    }

    [TestCase("serve", "--grpcport", "1")]
    [TestCase("serve", "extra")]
    [TestCase("serve", "--Execution:Lanes", "4")]
    [TestCase("validate")]
    [TestCase("validate", "a", "b")]
    [TestCase("serv")]
    [TestCase("serve", "--model", "digits")]
    [TestCase("serve", "--model", "=models")]
    [TestCase("serve", "--model", "a=b", "--repository", "c")]
    [TestCase("health", "--timeout", "0")]
    [TestCase("infer")]
    [TestCase("infer", "m")]
    [TestCase("infer", "m", "--input", "x=1", "--request", "r.json")]
    [TestCase("infer", "m", "--input", "x=1", "--timeout", "soon")]
    [TestCase("infer", "m", "--input", "x=1", "--timeout", "0")]
    [TestCase("infer", "m", "--input", "x=1", "--timeout", "NaN")]
    [TestCase("models", "--server", "http://a:1", "--repository", "b")]
    [TestCase("models", "--server", "ftp://a:1")]
    [TestCase("models", "--server", "http://a:1/path")]
    [TestCase("models", "--Execution:Lanes=4")]
    public async Task Run_WrongUsage_ExitsWithTwoAndSaysWhy(params string[] args)
    {
        using var shell = new Shell();

        var code = await shell.RunAsync(args);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2), shell.Error);
            Assert.That(shell.Error, Does.StartWith("error: ").And.Contain("--help"));
            Assert.That(shell.Output, Is.Empty);
            Assert.That(shell.Host.Served, Is.Null);
        });
    }

    [Test]
    public async Task Serve_MistypedOption_NamesTheNearest()
    {
        using var shell = new Shell();

        await shell.RunAsync("serve", "--grpcport", "1");

        Assert.That(shell.Error, Does.Contain("Did you mean '--grpc-port'?"));
    }

    [TestCase("--help", "infer")]
    [TestCase("-h", "validate")]
    [TestCase("serve --help", "--grpc-port")]
    [TestCase("validate --help", "FAILED")]
    [TestCase("models --help", "--server")]
    [TestCase("infer --help", "--input")]
    [TestCase("bench --help", "--p99.9")]
    public async Task Help_OfEachCommand_NamesWhatThereIs(string line, string expected)
    {
        using var shell = new Shell();

        var code = await shell.RunAsync(line.Split(' '));

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(shell.Output, Does.Contain(expected));
            Assert.That(shell.Error, Is.Empty);
        });
    }

    [Test]
    public async Task Version_Asked_IsPrinted()
    {
        using var shell = new Shell();

        var code = await shell.RunAsync("--version");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(shell.Output.Trim(), Is.Not.Empty);
            Assert.That(shell.Host.Served, Is.Null);
        });
    }

    [Test]
    public async Task Serve_WrongConfiguration_PrintsEveryMistake()
    {
        using var shell = new Shell();
        shell.Host.Error = new ConfigurationException(["first mistake", "second mistake"]);

        var code = await shell.RunAsync("serve");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2));
            Assert.That(shell.Error, Does.Contain("error: first mistake").And.Contain("error: second mistake"));
        });
    }

    [Test]
    public async Task Serve_RepositoryUnreadable_ExitsWithOne()
    {
        using var shell = new Shell();
        shell.Host.Error = new InferenceException(ErrorCode.LoadFailed, "no such folder");

        var code = await shell.RunAsync("serve");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Error, Is.EqualTo("error: no such folder" + Environment.NewLine));
        });
    }

    [Test]
    public async Task Serve_Defect_ExitsWithOneAndTellsAll()
    {
        using var shell = new Shell();
        shell.Host.Error = new InvalidOperationException("broken invariant");

        var code = await shell.RunAsync("serve");

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Error, Does.Contain("defect").And.Contain("broken invariant").And.Contain(nameof(InvalidOperationException)));
        });
    }
}
