using Inference.Adapters.Protocol;

namespace Inference.Adapters.Cli.Tests.Remote;

public sealed class RemoteModelsTests
{
    [Test]
    public async Task Models_OfAServer_AreListedWithStatesAndContracts()
    {
        using var shell = new Shell();
        await using var server = await FakeServer.StartAsync();
        server.Answer("RepositoryIndex", Index(("bad", "1", "UNAVAILABLE", "not an ONNX file"), ("good", "2", "READY", "")));
        server.Answer("ModelMetadata", Metadata("FP32"));

        var code = await shell.RunAsync("models", "--server", server.Address);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, shell.Error);
            Assert.That(
                shell.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries),
                Is.EqualTo(new[] { "bad version 1  UNAVAILABLE: not an ONNX file", "good version 2  READY", "    inputs:  x FP32[-1,2]", "    outputs: none" }));
        });
    }

    [Test]
    public async Task Models_OneCannotBeDescribed_StillListsTheOthers()
    {
        using var shell = new Shell();
        await using var server = await FakeServer.StartAsync();
        server.Answer("RepositoryIndex", Index(("odd", "1", "READY", ""), ("good", "2", "READY", "")));
        server.Answer("ModelMetadata", bytes => FakeAnswer.Of(Metadata(ModelMetadataRequest.Parser.ParseFrom(bytes).Name == "odd" ? "FP33" : "FP32")));

        var code = await shell.RunAsync("models", "--server", server.Address);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(shell.Output, Does.Contain("odd version 1  READY: its metadata cannot be had").And.Contain("good version 2  READY").And.Contain("x FP32[-1,2]"));
        });
    }

    [Test]
    public async Task Models_HostileNames_ArePrintedWithoutControlCharacters()
    {
        using var shell = new Shell();
        await using var server = await FakeServer.StartAsync();
        server.Answer("RepositoryIndex", Index(("\u001b[2Jx", "\n1", "\u0007ODD", new string('a', 5000) + "\u001b")));

        await shell.RunAsync("models", "--server", server.Address);

        Assert.That(shell.Output.TrimEnd().Where(char.IsControl), Is.Empty);
        Assert.That(shell.Output, Has.Length.LessThan(2000));
    }

    [Test]
    public async Task Models_ServerWithoutIndex_SaysThatTheCallIsMissing()
    {
        using var shell = new Shell();
        await using var server = await FakeServer.StartAsync();

        var code = await shell.RunAsync("models", "--server", server.Address);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Error, Does.Contain("does not offer this call"));
        });
    }

    [Test]
    public async Task Models_AnswerIsNoProtobuf_IsAnError()
    {
        using var shell = new Shell();
        await using var server = await FakeServer.StartAsync();
        server.Answer("RepositoryIndex", _ => new FakeAnswer([0xFF, 0xFF, 0xFF], 0, string.Empty));

        var code = await shell.RunAsync("models", "--server", server.Address);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(shell.Error, Does.StartWith($"error: {server.Address}/ answered").And.Not.Contain("defect"));
        });
    }

    private static RepositoryIndexResponse Index(params (string Name, string Version, string State, string Reason)[] models)
    {
        var index = new RepositoryIndexResponse();
        foreach (var (name, version, state, reason) in models)
            index.Models.Add(new RepositoryIndexResponse.Types.ModelIndex { Name = name, Version = version, State = state, Reason = reason });
        return index;
    }

    private static ModelMetadataResponse Metadata(string datatype) =>
        new() { Inputs = { new ModelMetadataResponse.Types.TensorMetadata { Name = "x", Datatype = datatype, Shape = { -1, 2 } } } };
}
