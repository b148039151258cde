using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Inference.Adapters.Protocol;
using Inference.Core.Tests.Certificates;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Tls;
using NUnit.Framework;

namespace Inference.Functional.Tests.Proxies;

/// <summary>Servers as processes of their own, a proxy before them, and clients that know the proxy alone.</summary>
internal abstract class ProxyFixture(ProxyKind kind)
{
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TestAuthority _authority = new("root");
    private readonly CertificateFolder _certificates = new();
    private readonly TemporaryRepository _models = new();
    private readonly List<ServerProcess> _replicas = [];

    protected ProxyProcess Proxy { get; private set; } = null!;

    protected GrpcChannel Channel { get; private set; } = null!;

    protected GRPCInferenceService.GRPCInferenceServiceClient Client { get; private set; } = null!;

    protected IReadOnlyList<ServerProcess> Replicas => _replicas;

    protected abstract int ReplicaCount { get; }

    protected abstract string[] Arguments { get; }

    [OneTimeSetUp]
    public async Task Start()
    {
        ProxyProcess.SkipWhereMissing(kind);
        foreach (var model in new[] { "identity_fp32", "scalar", "slow" })
            _models.Copy(RepositoryPaths.TestModels, model);
        _replicas.AddRange(await Task.WhenAll(Enumerable.Range(0, ReplicaCount).Select(_ => ServerProcess.StartAsync(_models.Path, [.. Arguments, .. TlsArguments()]))));
        var folder = new ProxyFolder();
        if (kind.IsTls)
            folder.WriteCertificates(_authority);
        Proxy = await ProxyProcess.StartAsync(kind, folder, _replicas);
        Channel = Open();
        Client = Channel.Inference();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        Channel?.Dispose();
        if (Proxy is not null)
            await Proxy.DisposeAsync();
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        _models.Dispose();
        _certificates.Dispose();
        _authority.Dispose();
    }

    /// <summary>What the proxy has to say, where a test fails.</summary>
    [TearDown]
    public void TellProxy()
    {
        if (TestContext.CurrentContext.Result.FailCount > 0)
            TestContext.Out.WriteLine(Proxy.Output);
    }

    /// <summary>A channel of its own connections through the proxy.</summary>
    protected GrpcChannel Open(ServiceConfig? service = null) => GrpcChannel.ForAddress(Proxy.Address, new GrpcChannelOptions
    {
        HttpHandler = kind.IsTls ? TlsClient.Handler(_authority) : new SocketsHttpHandler(),
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
        MaxSendMessageSize = null,
        ServiceConfig = service,
    });

    /// <summary>Plain HTTP/2 through the proxy.</summary>
    protected HttpClient OpenHttp() => new(kind.IsTls ? TlsClient.Handler(_authority) : new SocketsHttpHandler()) { BaseAddress = Proxy.Address };

    /// <summary>One series of a replica's metrics; 0 where it is not there.</summary>
    protected static async Task<double> ValueAsync(ServerProcess replica, string series)
    {
        var page = await replica.Http.GetStringAsync(new Uri(replica.MetricsAddress, "/metrics"));
        var line = page.Split('\n').SingleOrDefault(l => l.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.AsSpan(series.Length), System.Globalization.CultureInfo.InvariantCulture);
    }

    private string[] TlsArguments()
    {
        if (!kind.IsTls)
            return [];
        _authority.Server("replica").WriteTo(_certificates.Root);
        return
        [
            $"--Tls:CertificatePath={_certificates.At("tls.crt")}", $"--Tls:KeyPath={_certificates.At("tls.key")}", "--Tls:ClientCertificates=require",
            $"--Tls:ClientCaPath={_certificates.Write("ca.crt", _authority.Pem)}", "--Tls:HttpPort=plain", "--Tls:MetricsPort=plain",
        ];
    }
}
