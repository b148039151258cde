using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Net.Client;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Transport;

/// <summary>gRPC on a Unix domain socket, beside the port.</summary>
[Platform(Exclude = "Win")]
internal sealed class UnixSocketTests
{
    private string _path = string.Empty;

    [SetUp]
    public void ChoosePath() => _path = Path.Combine(Path.GetTempPath(), $"inference-{Guid.NewGuid():N}.sock");

    [TearDown]
    public void RemoveFile()
    {
        if (_path.Length > 0)
            File.Delete(_path);
    }

    [Test]
    public async Task ModelInfer_OverTheSocket_AnswersAsOverThePort()
    {
        var request = Requests.For("identity_fp32", "1").Floats("x", [1, 2], 1f, 2f);
        await using (var server = await RunningServer.StartAsync(RepositoryPaths.TestModels, ("Server:GrpcSocket", _path)))
        {
            using var channel = Channel();
            var answer = await new GRPCInferenceService.GRPCInferenceServiceClient(channel).ModelInferAsync(request);
            Assert.That(answer, Is.EqualTo(await server.Client.ModelInferAsync(request)));
            Assert.That(answer.Floats("y"), Is.EqualTo(new[] { 1f, 2f }));
        }

        Assert.That(File.Exists(_path), Is.False, "the socket goes with its server");
    }

    [Test]
    public async Task Start_SocketOfAServerThatCrashed_IsReplaced()
    {
        // Under another name the file outlives its socket, as it does the process of one.
        using (var crashed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            crashed.Bind(new UnixDomainSocketEndPoint(_path + ".old"));
            File.Move(_path + ".old", _path);
        }

        Assert.That(File.Exists(_path), Is.True);

        await using var server = await RunningServer.StartAsync(RepositoryPaths.TestModels, ("Server:GrpcSocket", _path));
        using var channel = Channel();
        Assert.That((await new GRPCInferenceService.GRPCInferenceServiceClient(channel).ServerLiveAsync(new ServerLiveRequest())).Live, Is.True);
    }

    [Test]
    public async Task Start_FileThatIsNoSocket_FailsAndLeavesItAlone()
    {
        await File.WriteAllTextAsync(_path, string.Empty);
        Assert.That(async () => await RunningServer.StartAsync(RepositoryPaths.TestModels, ("Server:GrpcSocket", _path)), Throws.InstanceOf<IOException>());
        Assert.That(File.Exists(_path), Is.True);
    }

    [Test]
    public void Start_FolderThatIsNotThere_FailsAndNamesTheSocket()
    {
        _path = Path.Combine(Path.GetTempPath(), $"inference-{Guid.NewGuid():N}", "grpc.sock");
        Assert.That(
            async () => await RunningServer.StartAsync(RepositoryPaths.TestModels, ("Server:GrpcSocket", _path)),
            Throws.InstanceOf<IOException>().With.Message.Contains(_path).And.Message.Contains("Server:GrpcSocket"));
        _path = string.Empty;
    }

    [Test]
    [CancelAfter(30_000)]
    public void Start_NamedPipe_FailsAndLeavesItAlone()
    {
        using (var mkfifo = Process.Start("mkfifo", _path))
            mkfifo.WaitForExit();
        Assert.That(async () => await RunningServer.StartAsync(RepositoryPaths.TestModels, ("Server:GrpcSocket", _path)), Throws.InstanceOf<IOException>());
        Assert.That(File.Exists(_path), Is.True);
    }

    [Test]
    public async Task Start_SocketOfAnotherServer_FailsAndTheOtherServesOn()
    {
        await using var other = await RunningServer.StartAsync(RepositoryPaths.TestModels, ("Server:GrpcSocket", _path));
        Assert.That(async () => await RunningServer.StartAsync(RepositoryPaths.TestModels, ("Server:GrpcSocket", _path)), Throws.InstanceOf<IOException>());
        using var channel = Channel();
        Assert.That((await new GRPCInferenceService.GRPCInferenceServiceClient(channel).ServerLiveAsync(new ServerLiveRequest())).Live, Is.True);
    }

    private GrpcChannel Channel() => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        },
        DisposeHttpClient = true,
    });
}
