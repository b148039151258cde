using System.CommandLine;
using Inference.Adapters.Cli.Remote;
using Inference.Domain;

namespace Inference.Adapters.Cli.Commands;

/// <summary>The options that say which server is asked, and how.</summary>
internal sealed class ServerArguments
{
    private readonly Option<string?> _server = new("--server") { Description = $"Server to ask over gRPC. Default: {ServerAddress.Default}.", HelpName = "URL" };
    private readonly Option<bool> _tls = new("--tls") { Description = "Asks over TLS, which https:// before the address says, too." };
    private readonly Option<string?> _ca = File("--ca", "Who the server's certificate must come from (PEM). Default: those that the system trusts.");
    private readonly Option<string?> _certificate = File("--cert", "Certificate of this client (PEM), for servers that ask for one.");
    private readonly Option<string?> _key = File("--key", "Key of --cert (PEM).");
    private readonly Option<string?> _name = new("--server-name") { Description = "Name that the server's certificate must have. Default: the host of --server.", HelpName = "NAME" };

    public IEnumerable<Option> All => [_server, _tls, _ca, _certificate, _key, _name];

    /// <summary>One of the options is on the command line.</summary>
    public bool IsGiven(ParseResult parsed) => All.Any(option => IsGiven(parsed, option));

    /// <summary>The server that the options name.</summary>
    /// <exception cref="UsageException">A value is wrong, a file cannot be used, or options contradict each other.</exception>
    public Endpoint Read(ParseResult parsed)
    {
        var (text, wantsTls) = (parsed.GetValue(_server) ?? ServerAddress.Default, parsed.GetValue(_tls));
        if (wantsTls && parsed.GetValue(_server) is { } given && given.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"--server {ErrorText.Quote(given)} says that there is no TLS, and --tls that there is; leave one of them out, or write https://.");
        var address = ServerAddress.Parse(wantsTls ? text.Replace("http://", string.Empty, StringComparison.OrdinalIgnoreCase) : text, wantsTls);
        if (address.Scheme == Uri.UriSchemeHttps)
            return new Endpoint(address, ClientTls.Read(parsed.GetValue(_ca), parsed.GetValue(_certificate), parsed.GetValue(_key), parsed.GetValue(_name)));
        return All.Skip(2).FirstOrDefault(option => IsGiven(parsed, option)) is { } needless
            ? throw new UsageException($"{needless.Name} is of TLS, and {address} is asked without; add --tls.")
            : address;
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE" };
}
