using System.Globalization;
using System.Text.RegularExpressions;
using Inference.Core.Tests.Certificates;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Proxies;

/// <summary>
/// What a proxy runs from: the example that users are shown, with the addresses of this test's replicas, and the certificates
/// that it names. The proxy has no rights, so that everybody may read and write here.
/// </summary>
internal sealed partial class ProxyFolder : IDisposable
{
    private const int ExampleReplicas = 3;
    private const string ExampleName = "inference.example";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inference-proxy-");

    public ProxyFolder()
    {
        if (!OperatingSystem.IsWindows())
            _folder.UnixFileMode = (UnixFileMode)511;
    }

    public string Root => _folder.FullName;

    public string Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Writes the example for this listening port and these replicas, which are taken in turn where there are fewer than its three.</summary>
    public string WriteExample(ProxyKind kind, int port, IReadOnlyList<ServerProcess> replicas)
    {
        var example = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "deploy", "proxy", kind.Example));
        var (text, servers) = (example, 0);
        text = Server().Replace(text, match =>
        {
            var replica = replicas[(int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) - 1) % replicas.Count];
            servers++;
            var check = match.Groups["check"].Success ? string.Create(CultureInfo.InvariantCulture, $" port {replica.HttpPort}") : string.Empty;
            return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{replica.GrpcPort}{check}");
        });
        var listeners = Listener().Count(text);
        if (servers != ExampleReplicas || listeners != 1)
            throw new InvalidOperationException($"{kind.Example} has {servers} servers and {listeners} listeners where 3 and 1 are expected.");
        text = Listener().Replace(text, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"));
        text = text.Replace($"/etc/{kind.Program}/inference", Root, StringComparison.Ordinal).Replace(ExampleName, "localhost", StringComparison.Ordinal);
        return Write(Path.GetFileName(kind.Example), text);
    }

    /// <summary>Writes the certificates of both proxies' examples: its own for clients, one for replicas, and who signed the replicas'.</summary>
    public void WriteCertificates(TestAuthority authority)
    {
        var (front, client) = (authority.Server("proxy"), authority.Client("proxy"));
        front.WriteTo(Root);
        Write("frontend.pem", front.Certificate);
        Write("frontend.pem.key", front.Key);
        Write("client.crt", client.Certificate);
        Write("client.key", client.Key);
        Write("client.pem", client.Certificate + "\n" + client.Key);
        Write("ca.crt", authority.Pem);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [GeneratedRegex(@"10\.0\.0\.1(?<number>[123]):8001(?<check> port 8000)?")]
    private static partial Regex Server();

    [GeneratedRegex(@"(?<=\blisten |\bbind ):?8001\b")]
    private static partial Regex Listener();
}
