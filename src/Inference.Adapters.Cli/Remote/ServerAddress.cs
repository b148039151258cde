using Inference.Domain;

namespace Inference.Adapters.Cli.Remote;

/// <summary>The address of a server as a person writes it.</summary>
internal static class ServerAddress
{
    public const string Default = "http://127.0.0.1:8001";

    /// <summary>The address; <c>http://</c>, or <c>https://</c> with TLS, stands in front where no scheme is given.</summary>
    /// <exception cref="UsageException">It is not an address.</exception>
    public static Uri Parse(string text, bool isSecure = false)
    {
        var full = text.Contains("://", StringComparison.Ordinal) ? text : $"{(isSecure ? Uri.UriSchemeHttps : Uri.UriSchemeHttp)}://{text}";
        if (Uri.TryCreate(full, UriKind.Absolute, out var address)
            && address.Scheme is "http" or "https"
            && address.Host.Length > 0
            && address is { PathAndQuery: "/", UserInfo: "" })
        {
            return address;
        }

        throw new UsageException($"--server {ErrorText.Quote(text)} is not an address; expected http://HOST:PORT or https://HOST:PORT, such as {Default}.");
    }
}
