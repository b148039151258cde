namespace Inference.Core.Configuration;

/// <summary>
/// TLS for what the server listens on. It is on where a certificate is given; 1.2 and 1.3 only. Files are PEM, and are read
/// again when they change.
/// </summary>
public sealed record TlsOptions
{
    /// <summary>Where <see cref="HttpPort"/> and <see cref="MetricsPort"/> are as the gRPC port.</summary>
    public const string Same = "same";

    /// <summary>TLS that asks for no client certificate.</summary>
    public const string Server = "server";

    /// <summary>No TLS.</summary>
    public const string Plain = "plain";

    /// <summary>File with the server's certificate, and those between it and its root behind it. Empty for no TLS.</summary>
    public string CertificatePath { get; init; } = string.Empty;

    /// <summary>File with the key of the certificate.</summary>
    public string KeyPath { get; init; } = string.Empty;

    /// <summary>File that holds the password of an encrypted key. Empty for none.</summary>
    public string KeyPasswordPath { get; init; } = string.Empty;

    /// <summary><c>none</c>: clients are not asked for certificates; <c>optional</c>: one that is shown must be good; <c>require</c>.</summary>
    public string ClientCertificates { get; init; } = "none";

    /// <summary>File with the certificates of those that sign clients' certificates.</summary>
    public string ClientCaPath { get; init; } = string.Empty;

    /// <summary>The HTTP port: <see cref="Same"/>, <see cref="Server"/> or <see cref="Plain"/>.</summary>
    public string HttpPort { get; init; } = Same;

    /// <summary>The metrics port: <see cref="Same"/>, <see cref="Server"/> or <see cref="Plain"/>.</summary>
    public string MetricsPort { get; init; } = Same;

    /// <summary>Seconds between looks at the files. 0 for never.</summary>
    public double ReloadSeconds { get; init; } = 5;

    internal bool IsOn => CertificatePath.Length > 0;
}
