using Inference.Core.Configuration;

namespace Inference.Core.Tests.Configuration;

public sealed class OptionsValidatorTests
{
    private static readonly InferenceOptions Defaults = new();
    private static readonly TlsOptions Tls = new() { CertificatePath = "tls.crt", KeyPath = "tls.key" };

    [Test]
    public void Validate_Defaults_AreGood() => Assert.That(OptionsValidator.Validate(Defaults), Is.Empty);

    private static IEnumerable<TestCaseData> Wrong()
    {
        yield return Case("Server:Host", Defaults with { Server = new ServerOptions { Host = "no host" } });
        yield return Case("Server:Host", Defaults with { Server = new ServerOptions { Host = "" } });
        yield return Case("Server:GrpcPort", Defaults with { Server = new ServerOptions { GrpcPort = -1 } });
        yield return Case("Server:GrpcSocket", Defaults with { Server = new ServerOptions { GrpcSocket = "relative.sock" } });
        yield return Case("Server:GrpcSocket", Defaults with { Server = new ServerOptions { GrpcSocket = "/" + new string('s', 103) } });
        yield return Case("Server:HttpPort", Defaults with { Server = new ServerOptions { HttpPort = 65_536 } });
        yield return Case("Server:MaxMessageBytes", Defaults with { Server = new ServerOptions { MaxMessageBytes = 1023 } });
        yield return Case("Server:Host", Defaults with { Server = new ServerOptions { Host = "*" } });
        yield return Case("Server:Host", Defaults with { Server = new ServerOptions { Host = "10.0.0.1" } });
        yield return Case("Tls:CertificatePath", Defaults with { Tls = new TlsOptions { CertificatePath = "tls.crt" } });
        yield return Case("Tls:CertificatePath", Defaults with { Tls = new TlsOptions { KeyPath = "tls.key" } });
        yield return Case("Tls:CertificatePath", Defaults with { Tls = new TlsOptions { MetricsPort = "plain" } });
        yield return Case("Tls:ClientCertificates", Defaults with { Tls = Tls with { ClientCertificates = "mutual" } });
        yield return Case("Tls:ClientCaPath", Defaults with { Tls = Tls with { ClientCertificates = "require" } });
        yield return Case("Tls:ClientCaPath", Defaults with { Tls = Tls with { ClientCaPath = "ca.crt" } });
        yield return Case("Tls:HttpPort", Defaults with { Tls = Tls with { HttpPort = "off" } });
        yield return Case("Tls:ReloadSeconds", Defaults with { Tls = Tls with { ReloadSeconds = -1 } });
        yield return Case("Repository:Path", Defaults with { Repository = new RepositoryOptions { Path = " " } });
        yield return Case("Repository:Mode", Defaults with { Repository = new RepositoryOptions { Mode = "watch" } });
        yield return Case("Repository:LoadAtStart", Defaults with { Repository = new RepositoryOptions { LoadAtStart = "*" } });
        yield return Case("Repository:PollSeconds", Defaults with { Repository = new RepositoryOptions { PollSeconds = 0 } });
        yield return Case("Repository:PollSeconds", Defaults with { Repository = new RepositoryOptions { PollSeconds = double.NaN } });
        yield return Case("Repository:SettleMilliseconds", Defaults with { Repository = new RepositoryOptions { SettleMilliseconds = -1 } });
        yield return Case("Repository:CompleteMarker", Defaults with { Repository = new RepositoryOptions { CompleteMarker = "a/b" } });
        yield return Case("Repository:LoadNiceness", Defaults with { Repository = new RepositoryOptions { LoadNiceness = 21 } });
        yield return Case("Repository:ReloadThreads", Defaults with { Repository = new RepositoryOptions { ReloadThreads = 0 } });
        yield return Case("Cache:Loading", Defaults with { Cache = new CacheOptions { Loading = "often" } });
        yield return Case("Cache:MemoryBytes", Defaults with { Cache = new CacheOptions { MemoryBytes = -1 } });
        yield return Case("Cache:LoadThreads", Defaults with { Cache = new CacheOptions { LoadThreads = -1 } });
        yield return Case("Cache:MaxWaitingRequests", Defaults with { Cache = new CacheOptions { MaxWaitingRequests = 0 } });
        yield return Case("Cache:RoomWaitMilliseconds", Defaults with { Cache = new CacheOptions { RoomWaitMilliseconds = -1 } });
        yield return Case("Cache:ReturnSeconds", Defaults with { Cache = new CacheOptions { ReturnSeconds = double.NaN } });
        yield return Case("Repository:LoadThreads", Defaults with { Repository = new RepositoryOptions { LoadThreads = -1 } });
        yield return Case("Repository:S3:Endpoint", Defaults with { Repository = new RepositoryOptions { S3 = new S3Options { Endpoint = "minio:9000" } } });
        yield return Case("Repository:S3:Endpoint", Defaults with { Repository = new RepositoryOptions { S3 = new S3Options { Endpoint = "http://key:secret@minio:9000" } } });
        yield return Case("Repository:S3:Region", Defaults with { Repository = new RepositoryOptions { S3 = new S3Options { Region = "a b" } } });
        yield return Case("Repository:S3:CacheBytes", Defaults with { Repository = new RepositoryOptions { S3 = new S3Options { CacheBytes = 0 } } });
        yield return Case("Repository:S3:Downloads", Defaults with { Repository = new RepositoryOptions { S3 = new S3Options { Downloads = 0 } } });
        yield return Case("Execution:Lanes", Defaults with { Execution = new ExecutionDefaults { Lanes = 1025 } });
        yield return Case("Execution:IntraOpThreads", Defaults with { Execution = new ExecutionDefaults { IntraOpThreads = -1 } });
        yield return Case("Execution:WorkerThreads", Defaults with { Execution = new ExecutionDefaults { WorkerThreads = 5000 } });
        yield return Case("Execution:InlineBelowMicroseconds", Defaults with { Execution = new ExecutionDefaults { InlineBelowMicroseconds = -1 } });
        yield return Case("SharedMemory:MaxRegions", Defaults with { SharedMemory = new SharedMemoryOptions { MaxRegions = 0 } });
        yield return Case("SharedMemory:MaxRegions", Defaults with { SharedMemory = new SharedMemoryOptions { MaxRegions = 2049 } });
        yield return Case("SharedMemory:MaxBytes", Defaults with { SharedMemory = new SharedMemoryOptions { MaxBytes = 0 } });
        yield return Case("SharedMemory:KeyPrefix", Defaults with { SharedMemory = new SharedMemoryOptions { KeyPrefix = "/ml" } });
        yield return Case("Queue:MaxRows", Defaults with { Queue = new QueueDefaults { MaxRows = 0 } });
        yield return Case("Queue:MaxBytes", Defaults with { Queue = new QueueDefaults { MaxBytes = -1 } });
        yield return Case("Queue:TotalBytes", Defaults with { Queue = new QueueDefaults { TotalBytes = 0 } });
        yield return Case("Queue:TimeoutMilliseconds", Defaults with { Queue = new QueueDefaults { TimeoutMilliseconds = -1 } });
        yield return Case("Queue:TimeoutMilliseconds", Defaults with { Queue = new QueueDefaults { TimeoutMilliseconds = 3_600_001 } });
        yield return Case("Batching:MaxRows", Defaults with { Batching = new BatchingDefaults { MaxRows = 0 } });
        yield return Case("Batching:MaxRows", Defaults with { Batching = new BatchingDefaults { MaxRows = 65_537 } });
        yield return Case("Batching:MaxBytes", Defaults with { Batching = new BatchingDefaults { MaxBytes = 0 } });
        yield return Case("Streams:MaxInFlight", Defaults with { Streams = new StreamOptions { MaxInFlight = 0 } });
        yield return Case("Streams:MaxBytes", Defaults with { Streams = new StreamOptions { MaxBytes = 0 } });
        yield return Case("Admission:MaxConcurrentRequests", Defaults with { Admission = new AdmissionOptions { MaxConcurrentRequests = 0 } });
        yield return Case("Admission:MaxRequestBytes", Defaults with { Admission = new AdmissionOptions { MaxRequestBytes = (64 << 20) - 1 } });
        yield return Case("Shutdown:GraceSeconds", Defaults with { Shutdown = new ShutdownOptions { GraceSeconds = double.NaN } });
        yield return Case("Shutdown:DrainSeconds", Defaults with { Shutdown = new ShutdownOptions { DrainSeconds = 3601 } });
        yield return Case("Logging:Format", Defaults with { Logging = new LoggingOptions { Format = "Text" } });
        yield return Case("Logging:Level", Defaults with { Logging = new LoggingOptions { Level = "Loud" } });
        yield return Case("Logging:Level", Defaults with { Logging = new LoggingOptions { Level = "2" } });
    }

    [TestCaseSource(nameof(Wrong))]
    public void Validate_OneValueIsWrong_NamesItsKeyAndWhatIsExpected(string key, InferenceOptions options)
    {
        var errors = OptionsValidator.Validate(options);

        Assert.That(errors.Single(), Does.StartWith($"Inference:{key} is '").And.Contain("'; expected "));
    }

    [TestCase("0.0.0.0")]
    [TestCase("::1")]
    [TestCase("localhost")]
    [TestCase("*")]
    public void Validate_AddressesOfAnyForm_AreGood(string host) =>
        Assert.That(OptionsValidator.Validate(Defaults with { Server = new ServerOptions { Host = host, AllowPlaintext = true } }), Is.Empty);

    [TestCase("127.0.0.1")]
    [TestCase("127.8.9.10")]
    [TestCase("::1")]
    [TestCase("localhost")]
    public void Validate_PlaintextOnLoopback_NeedsNoWord(string host) =>
        Assert.That(OptionsValidator.Validate(Defaults with { Server = new ServerOptions { Host = host } }), Is.Empty);

    [TestCase("*")]
    [TestCase("0.0.0.0")]
    [TestCase("::")]
    [TestCase("192.168.1.2")]
    public void Validate_PlaintextElsewhere_NeedsTlsOrAWord(string host)
    {
        var server = new ServerOptions { Host = host };

        Assert.Multiple(() =>
        {
            Assert.That(OptionsValidator.Validate(Defaults with { Server = server }).Single(), Does.Contain("Tls:CertificatePath").And.Contain("Server:AllowPlaintext=true"));
            Assert.That(OptionsValidator.Validate(Defaults with { Server = server, Tls = Tls }), Is.Empty);
            Assert.That(OptionsValidator.Validate(Defaults with { Server = server, Tls = Tls with { HttpPort = "plain", MetricsPort = "plain" } }), Is.Empty);
        });
    }

    [Test]
    public void Validate_SharedPort_NamesAllThatShareIt()
    {
        var errors = OptionsValidator.Validate(Defaults with { Server = new ServerOptions { GrpcPort = 80, HttpPort = 81, MetricsPort = 80 } });

        Assert.That(errors.Single(), Does.Contain("Inference:Server:GrpcPort and Inference:Server:MetricsPort").And.Contain("80").And.Not.Contain("HttpPort"));
    }

    [Test]
    public void Validate_FreePortsThrice_AreGood() =>
        Assert.That(OptionsValidator.Validate(Defaults with { Server = new ServerOptions { GrpcPort = 0, HttpPort = 0, MetricsPort = 0 } }), Is.Empty);

    [Test]
    public void Validate_ManyMistakes_ReportsAll()
    {
        var options = Defaults with
        {
            Server = new ServerOptions { GrpcPort = -1, MaxMessageBytes = 0 },
            Logging = new LoggingOptions { Format = "x", Level = "y" },
            Admission = new AdmissionOptions { MaxConcurrentRequests = -1 },
        };

        Assert.That(OptionsValidator.Validate(options), Has.Count.EqualTo(5));
    }

    private static TestCaseData Case(string key, InferenceOptions options) => new(key, options);
}
