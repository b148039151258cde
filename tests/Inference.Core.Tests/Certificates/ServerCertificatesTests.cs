using Inference.Core.Certificates;
using Inference.Core.Configuration;

namespace Inference.Core.Tests.Certificates;

public sealed class ServerCertificatesTests
{
    private readonly TestAuthority _authority = new("root");
    private readonly CertificateFolder _folder = new();

    [OneTimeTearDown]
    public void CleanUp()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Load_CertificateWithItsKey_IsServed(bool isRsa)
    {
        _authority.Server("one", isRsa: isRsa).WriteTo(_folder.Root);

        Assert.That(Load(_folder.Options).Current.Certificate.Subject, Is.EqualTo("CN=one"));
    }

    [Test]
    public void Load_NoCertificate_IsNoTls() => Assert.That(ServerCertificates.Load(new TlsOptions(), TimeProvider.System), Is.Null);

    [Test]
    public void Load_CertificatesBehindIt_AreSentToo()
    {
        var identity = _authority.Server();
        identity.WriteTo(_folder.Root);
        _folder.Write("tls.crt", identity.Certificate + "\n" + _authority.Pem);

        Assert.That(Load(_folder.Options).Current.Certificate.Subject, Is.EqualTo("CN=server"));
    }

    [TestCase(TestIdentity.Password)]
    [TestCase(TestIdentity.Password + "\n")]
    public void Load_EncryptedKeyWithItsPassword_IsServed(string password)
    {
        var identity = _authority.Server();
        identity.WriteTo(_folder.Root);
        _folder.Write("tls.key", identity.EncryptedKey);

        Assert.That(Load(_folder.Options with { KeyPasswordPath = _folder.Write("password", password) }).Current.Certificate.Subject, Is.EqualTo("CN=server"));
    }

    private static IEnumerable<TestCaseData> Wrong()
    {
        yield return Case("NoCertificateFile", (a, f) => File.Delete(f.At("tls.crt")), "Tls:CertificatePath is '{0}/tls.crt'; there is no such file");
        yield return Case("NoKeyFile", (a, f) => File.Delete(f.At("tls.key")), "Tls:KeyPath is '{0}/tls.key'; there is no such file");
        yield return Case("EmptyCertificate", (a, f) => f.Write("tls.crt", ""), "CertificatePath is '{0}/tls.crt', in which there is no certificate");
        yield return Case("GarbledCertificate", (a, f) => f.Write("tls.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), "CertificatePath is '{0}/tls.crt', in which a certificate cannot be read");
        yield return Case("NoKeyInTheFile", (a, f) => f.Write("tls.key", a.Pem), "KeyPath is '{0}/tls.key', in which there is no key");
        yield return Case("GarbledKey", (a, f) => f.Write("tls.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), "KeyPath is '{0}/tls.key', whose key cannot be read");
        yield return Case("KeyOfAnother", (a, f) => f.Write("tls.key", a.Server("other").Key), "KeyPath is '{0}/tls.key', whose key does not belong to the first certificate of Inference:Tls:CertificatePath ('{0}/tls.crt')");
        yield return Case("KeyOfAnotherKind", (a, f) => f.Write("tls.key", a.Server("other", isRsa: true).Key), "KeyPath is '{0}/tls.key', whose key does not belong to the first certificate");
        yield return Case("EncryptedKey", (a, f) => f.Write("tls.key", a.Server().EncryptedKey), "KeyPath is '{0}/tls.key', whose key is encrypted; expected its password in Inference:Tls:KeyPasswordPath");
        yield return Case("OldEncryptedKey", (a, f) => f.Write("tls.key", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"), "rewrite it with 'openssl pkcs8 -topk8'");
        yield return Case("Expired", (a, f) => a.Server("old", DateTimeOffset.UtcNow.AddDays(-1)).WriteTo(f.Root), "CertificatePath is '{0}/tls.crt', whose certificate (CN=old) expired at ");
        yield return Case("OfAClient", (a, f) => a.Client("user").WriteTo(f.Root), "CertificatePath is '{0}/tls.crt', whose certificate (CN=user) is not for servers");
        yield return Case("Folder", (a, f) => Directory.CreateDirectory(Replaced(f.At("tls.crt"))), "CertificatePath is '{0}/tls.crt', which cannot be read: that is a folder");
    }

    [TestCaseSource(nameof(Wrong))]
    public void Load_FileThatCannotBeUsed_NamesItAndTheRemedy(Action<object, object> damage, string expected)
    {
        using var folder = new CertificateFolder();
        _authority.Server().WriteTo(folder.Root);
        damage(_authority, folder);

        var error = Assert.Throws<ConfigurationException>(() => Load(folder.Options))!;

        Assert.That(error.Errors.Single(), Does.StartWith("Inference:Tls:").And.Contain(expected.Replace("{0}", folder.Root, StringComparison.Ordinal)));
    }

    [Test]
    public void Load_WrongPassword_NamesItsFile()
    {
        var identity = _authority.Server();
        identity.WriteTo(_folder.Root);
        _folder.Write("tls.key", identity.EncryptedKey);

        var error = Assert.Throws<ConfigurationException>(() => Load(_folder.Options with { KeyPasswordPath = _folder.Write("password", "guess") }))!;

        Assert.That(error.Errors.Single(), Does.Contain("cannot be read with the password in Inference:Tls:KeyPasswordPath").And.Not.Contain("guess"));
    }

    [Test]
    public void Load_SeveralFilesAreWrong_TellsOfAll()
    {
        var options = new TlsOptions { CertificatePath = "/none/a", KeyPath = "/none/b", ClientCaPath = "/none/c", ClientCertificates = "require" };

        Assert.That(Assert.Throws<ConfigurationException>(() => Load(options))!.Errors, Has.Count.EqualTo(3));
    }

    private static ServerCertificates Load(TlsOptions options) => ServerCertificates.Load(options, TimeProvider.System)!;

    private static TestCaseData Case(string name, Action<TestAuthority, CertificateFolder> damage, string expected) =>
        new TestCaseData((object a, object f) => damage((TestAuthority)a, (CertificateFolder)f), expected).SetArgDisplayNames(name);

    private static string Replaced(string path)
    {
        File.Delete(path);
        return path;
    }
}
