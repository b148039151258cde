namespace Inference.Adapters.Cli.Remote;

/// <summary>A server, and how to talk to it.</summary>
/// <param name="Address">Where it is; <c>https</c> for TLS.</param>
/// <param name="Tls">How its certificate is checked, where it is asked over TLS.</param>
internal sealed record Endpoint(Uri Address, ClientTls Tls)
{
    /// <summary>One without TLS, or with that of the system.</summary>
    public static implicit operator Endpoint(Uri address) => new(address, ClientTls.Default);
}
