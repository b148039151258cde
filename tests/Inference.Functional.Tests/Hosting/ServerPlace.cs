namespace Inference.Functional.Tests.Hosting;

/// <summary>Where a server process runs, if not simply on this machine's loopback.</summary>
/// <param name="Prefix">Goes before its command.</param>
/// <param name="Host">The address that it listens on, without TLS.</param>
/// <param name="Handler">Makes a way to it for its own client and for looking at it.</param>
internal sealed record ServerPlace(IReadOnlyList<string> Prefix, string Host, Func<SocketsHttpHandler> Handler)
{
    public static ServerPlace Loopback { get; } = new([], "127.0.0.1", () => new SocketsHttpHandler());

    /// <summary>Arguments by which the server listens there.</summary>
    public IEnumerable<string> Arguments => this == Loopback ? [] : ["--host", Host, "--Server:AllowPlaintext=true"];
}
