using Inference.Adapters.Protocol;

namespace Inference.Adapters.Cli.Tests.Remote;

public sealed class RemoteHealthTests
{
    [TestCase(true, 0, "ready")]
    [TestCase(false, 1, "")]
    public async Task Health_OfAServer_IsTheExitCode(bool ready, int expected, string output)
    {
        using var shell = new Shell();
        await using var server = await FakeServer.StartAsync();
        server.Answer("ServerReady", new ServerReadyResponse { Ready = ready });

        var code = await shell.RunAsync("health", "--server", server.Address);

        Assert.That((code, shell.Output.Trim()), Is.EqualTo((expected, output)));
    }

    [Test]
    public async Task Health_ServerHangs_FailsInTime()
    {
        using var shell = new Shell();
        await using var server = await FakeServer.StartAsync();
        server.Answer("ServerReady", _ => FakeAnswer.Never());

        Assert.That(await shell.RunAsync("health", "--server", server.Address, "--timeout", "0.2"), Is.EqualTo(1));
    }

    [Test]
    public async Task Serve_OneModel_IsItsNameAndFolder()
    {
        using var shell = new Shell();

        await shell.RunAsync("serve", "--model", "digits=/mnt/models");

        Assert.That(shell.Host.Served, Is.EqualTo(new[] { "--Inference:Repository:ModelName=digits", "--Inference:Repository:Path=/mnt/models" }));
    }
}
