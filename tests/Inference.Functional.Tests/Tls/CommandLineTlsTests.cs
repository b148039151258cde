using Inference.Adapters.Cli;
using Inference.Server;
using NUnit.Framework;

namespace Inference.Functional.Tests.Tls;

/// <summary>The command line against a server with mutual TLS.</summary>
internal sealed class CommandLineTlsTests : TlsFixture
{
    public CommandLineTlsTests()
    {
        Folder.Write("ca.crt", Authority.Pem);
        var client = Authority.Client();
        Folder.Write("client.crt", client.Certificate);
        Folder.Write("client.key", client.Key);
        Folder.Write("encrypted.key", client.EncryptedKey);
    }

    protected override (string Key, string Value)[] Settings =>
        [.. base.Settings, ("Tls:ClientCertificates", "require"), ("Tls:ClientCaPath", Folder.At("ca.crt"))];

    private string Own => $"--cert {Folder.At("client.crt")} --key {Folder.At("client.key")}";

    [TestCase("health")]
    [TestCase("models")]
    [TestCase("infer scalar --version 1 --input x=1")]
    [TestCase("bench identity_fp32 --version 1 --batch 1 --shape x:1,2 --requests 50 --warmup 0s --quiet --verify")]
    [TestCase("bench identity_fp32 --version 1 --shape x:1,2 --requests 50 --warmup 0s --quiet --stream")]
    public async Task Command_WithAuthorityAndCertificate_Works(string command)
    {
        var (code, output, error) = await RunAsync($"{command} --tls --server {Server.GrpcAddress.Authority} --ca {Folder.At("ca.crt")} {Own}");

        Assert.That((code, error), Is.EqualTo((0, string.Empty)));
        Assert.That(output, Is.Not.Empty);
    }

    [Test]
    public async Task Command_NameOfAnotherServer_IsAsExpectedOrNot()
    {
        var address = $"health --server https://{Server.GrpcAddress.Authority} --ca {Folder.At("ca.crt")} {Own}";

        Assert.That((await RunAsync($"{address} --server-name localhost")).Code, Is.Zero);
        var (code, _, error) = await RunAsync($"{address} --server-name example.com");
        Assert.That((code, error), Is.EqualTo((1, error)));
        Assert.That(error, Does.Contain("no TLS with https://").And.Contain("--server-name"));
    }

    [TestCase("health")]
    [TestCase("bench identity_fp32 --version 1")]
    public async Task Command_WithoutTheAuthority_SaysWhatToLookAt(string command)
    {
        var (code, _, error) = await RunAsync($"{command} --tls --server {Server.GrpcAddress.Authority} {Own}");

        Assert.That((code, error), Is.EqualTo((1, error)));
        Assert.That(error, Does.Contain("--ca"));
    }

    [TestCase("--server http://127.0.0.1:1 --tls", "says that there is no TLS")]
    [TestCase("--server 127.0.0.1:1 --ca {0}/ca.crt", "--ca is of TLS")]
    [TestCase("--tls --cert {0}/client.crt", "--cert and --key belong together")]
    [TestCase("--tls --ca {0}/none", "--ca is '{0}/none'; there is no such file")]
    [TestCase("--tls --cert {0}/client.crt --key {0}/tls.key", "--key is '{0}/tls.key', whose key does not belong")]
    [TestCase("--tls --cert {0}/client.crt --key {0}/encrypted.key", "whose key is encrypted; expected one without a password")]
    public async Task Command_OptionsThatCannotBe_AreExplained(string options, string expected)
    {
        var (code, _, error) = await RunAsync($"health {options.Replace("{0}", Folder.Root, StringComparison.Ordinal)}");

        Assert.That((code, error), Is.EqualTo((2, error)));
        Assert.That(error, Does.Contain(expected.Replace("{0}", Folder.Root, StringComparison.Ordinal)));
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string command)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await CommandLine.RunAsync(command.Split(' '), new CompositionRoot(), output, error);
        return (code, output.ToString(), error.ToString());
    }
}
