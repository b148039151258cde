using Inference.Core.Certificates;
using Inference.Core.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Core.Tests.Certificates;

/// <summary>The watch over the files, one look after the other.</summary>
public sealed class CertificateReloadTests : IServerMetrics, ILogger<CertificateReload>
{
    private readonly TestAuthority _authority = new("root");
    private readonly CertificateFolder _folder = new();
    private FakeTimeProvider _time = null!;
    private readonly List<string> _events = [];
    private DateTimeOffset _expires;
    private bool _isFailing;
    private ServerCertificates _certificates = null!;
    private CertificateReload _reload = null!;

    [SetUp]
    public void Start()
    {
        _events.Clear();
        _time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        _authority.Server("first").WriteTo(_folder.Root);
        _certificates = ServerCertificates.Load(_folder.Options, _time)!;
        _reload = new CertificateReload(_certificates, this, _time, this);
    }

    [TearDown]
    public void Stop() => _reload.Dispose();

    [OneTimeTearDown]
    public void CleanUp()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void Files_ThatChanged_AreServedAndTold()
    {
        _authority.Server("second", DateTimeOffset.UtcNow.AddDays(90)).WriteTo(_folder.Root);
        _reload.Look();

        Assert.That(_certificates.Current.Certificate.Subject, Is.EqualTo("CN=second"));
        Assert.That(_events, Has.Member("reload True").And.Some.Contain("new connections get that of CN=second"));
        Assert.That(_expires, Is.EqualTo((DateTimeOffset)_certificates.Current.Certificate.NotAfter));
    }

    [Test]
    public void Files_ThatCannotBeUsed_LeaveTheCertificateAndAreToldOnce()
    {
        File.Delete(_folder.At("tls.key"));
        _reload.Look();
        _reload.Look();

        Assert.That((_certificates.Current.Certificate.Subject, _isFailing), Is.EqualTo(("CN=first", true)));
        Assert.That(_events.Count(e => e == "reload False"), Is.EqualTo(1));
        Assert.That(_events, Has.Some.Contain("that of CN=first stays: Inference:Tls:KeyPath is"));
    }

    [Test]
    public void Files_BadAndThenGood_AreServed()
    {
        // One file after the other, as they are written without Kubernetes.
        var next = _authority.Server("second");
        _folder.Write("tls.crt", next.Certificate);
        _reload.Look();
        Assert.That(_isFailing, Is.True);
        _folder.Write("tls.key", next.Key);
        _reload.Look();

        Assert.That((_certificates.Current.Certificate.Subject, _isFailing), Is.EqualTo(("CN=second", false)));
    }

    [Test]
    public void Files_BadAndThenAsBefore_StopToFail()
    {
        var key = File.ReadAllText(_folder.At("tls.key"));
        _folder.Write("tls.key", "no key");
        _reload.Look();
        _folder.Write("tls.key", key);
        _reload.Look();

        Assert.That(_isFailing, Is.False);
        Assert.That(_events, Has.Some.Contain("are again what they were"));
    }

    [Test]
    public void Certificate_ThatExpiresMeanwhile_IsToldOnce()
    {
        _time.Advance(TimeSpan.FromDays(31));
        _reload.Look();
        _reload.Look();

        Assert.That(_events.Count(e => e.Contains("CN=first expired at", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    void IServerMetrics.ConnectionOpened() => throw new NotSupportedException();

    void IServerMetrics.ConnectionClosed() => throw new NotSupportedException();

    void IServerMetrics.ConnectionEnded(string reason) => throw new NotSupportedException();

    void IServerMetrics.ProcessorsMeasured(double wait, bool isCrowded) => throw new NotSupportedException();

    void IServerMetrics.SaturationMeasured(double ratio, double threadWait) => throw new NotSupportedException();

    void IServerMetrics.HandshakeFailed() => throw new NotSupportedException();

    void IServerMetrics.CertificateServed(DateTimeOffset expires) => _expires = expires;

    void IServerMetrics.CertificateReloaded(bool isGood) => _events.Add($"reload {isGood}");

    void IServerMetrics.CertificateReloadFailing(bool isFailing) => _isFailing = isFailing;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _events.Add(formatter(state, exception));
}
