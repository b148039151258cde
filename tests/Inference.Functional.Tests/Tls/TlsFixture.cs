using Inference.Core.Tests.Certificates;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Tls;

/// <summary>A server with a certificate of a test's own authority; its metrics stay without TLS.</summary>
internal abstract class TlsFixture : ServerFixture
{
    protected TlsFixture() => Authority.Server().WriteTo(Folder.Root);

    protected TestAuthority Authority { get; } = new("root");

    protected CertificateFolder Folder { get; } = new();

    protected override string Repository => RepositoryPaths.TestModels;

    protected override (string Key, string Value)[] Settings =>
    [
        ("Tls:CertificatePath", Folder.At("tls.crt")), ("Tls:KeyPath", Folder.At("tls.key")), ("Tls:MetricsPort", "plain"), ("Logging:Level", "Information"),
    ];

    [OneTimeTearDown]
    public void RemoveFiles()
    {
        Authority.Dispose();
        Folder.Dispose();
    }
}
