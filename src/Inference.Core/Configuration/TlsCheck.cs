using System.Net;

namespace Inference.Core.Configuration;

/// <summary>Checks the options of TLS, and that nobody listens in plaintext where others can reach it without having said so.</summary>
internal static class TlsCheck
{
    private const string Root = InferenceOptions.Root;
    private static readonly string[] Modes = ["none", "optional", "require"];
    private static readonly string[] Ports = [TlsOptions.Same, TlsOptions.Server, TlsOptions.Plain];

    /// <summary>Adds what is wrong, apart from the files, which are looked at when they are read.</summary>
    public static void Check(ServerOptions server, TlsOptions tls, List<string> errors)
    {
        OneOf("ClientCertificates", tls.ClientCertificates, Modes, errors);
        OneOf("HttpPort", tls.HttpPort, Ports, errors);
        OneOf("MetricsPort", tls.MetricsPort, Ports, errors);
        Files(tls, errors);
        if (!tls.IsOn && !server.AllowPlaintext && IsReachable(server.Host))
        {
            errors.Add($"{Root}:Server:Host is '{server.Host}'; expected {Root}:Tls:CertificatePath and {Root}:Tls:KeyPath beside an address that others can reach, or {Root}:Server:AllowPlaintext=true "
                + "where plaintext is meant, such as behind the side-car of a mesh.");
        }
    }

    private static void Files(TlsOptions tls, List<string> errors)
    {
        if (tls.IsOn != (tls.KeyPath.Length > 0))
            errors.Add($"{Root}:Tls:CertificatePath is '{tls.CertificatePath}' and {Root}:Tls:KeyPath is '{tls.KeyPath}'; expected both, or none for no TLS.");
        var needsAuthorities = tls.ClientCertificates is "optional" or "require";
        if (needsAuthorities && tls.ClientCaPath.Length == 0)
            errors.Add($"{Root}:Tls:ClientCaPath is ''; expected a file with the certificates of those that sign clients' certificates, since {Root}:Tls:ClientCertificates is '{tls.ClientCertificates}'.");
        if (!needsAuthorities && tls.ClientCaPath.Length > 0)
            errors.Add($"{Root}:Tls:ClientCaPath is '{tls.ClientCaPath}'; expected {Root}:Tls:ClientCertificates to be optional or require beside it, since it has no effect otherwise.");
        if (!tls.IsOn && (tls.KeyPasswordPath.Length > 0 || needsAuthorities || tls.HttpPort != TlsOptions.Same || tls.MetricsPort != TlsOptions.Same))
            errors.Add($"{Root}:Tls:CertificatePath is ''; expected a certificate beside the other keys of {Root}:Tls, which have no effect otherwise.");
    }

    private static void OneOf(string key, string value, string[] known, List<string> errors)
    {
        if (!known.Contains(value))
            errors.Add($"{Root}:Tls:{key} is '{value}'; expected {string.Join(", ", known[..^1])} or {known[^1]}.");
    }

    private static bool IsReachable(string host) =>
        host == "*" || (IPAddress.TryParse(host, out var address) && !IPAddress.IsLoopback(address));
}
