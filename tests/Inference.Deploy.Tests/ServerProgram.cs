using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Inference.Deploy.Tests;

/// <summary>The program as it was built with these tests, as a process of its own on loopback.</summary>
internal sealed class ServerProgram : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    // bin/<configuration>/<framework>, as the tests' own folder.
    private static readonly string Path = System.IO.Path.Combine(
        DeployFolder.Root, "src", "Inference.Server", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, new DirectoryInfo(AppContext.BaseDirectory).Name, "inference.dll");

    private readonly ConcurrentQueue<string?> _log = new();
    private readonly Process _process;

    /// <summary>Starts it with arguments of a manifest; ports are replaced by free ones.</summary>
    public ServerProgram(IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        Ports = new[] { 8000, 8001, 8002 }.ToDictionary(p => p, _ => FreePort());
        string[] local = ["--host", "127.0.0.1", "--http-port", Text(Ports[8000]), "--grpc-port", Text(Ports[8001]), "--metrics-port", Text(Ports[8002])];
        var start = new ProcessStartInfo("dotnet", [Path, .. arguments, .. local]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in environment)
            start.Environment[key] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _log.Enqueue(line.Data);
        _process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The ports that stand for those of a container.</summary>
    public IReadOnlyDictionary<int, int> Ports { get; }

    public string Log => string.Join('\n', _log);

    /// <summary>Runs the command line against this server.</summary>
    public (int ExitCode, string Output, string Error) Ask(params string[] command) =>
        Tool.TryRun("dotnet", [Path, .. command, "--server", $"http://127.0.0.1:{Text(Ports[8001])}"])!.Value;

    /// <summary>Asks for health over gRPC until it is there.</summary>
    public void WaitUntilReady()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (Ask("health") is { ExitCode: not 0 } answer)
        {
            if (_process.HasExited || TimeProvider.System.GetElapsedTime(start) > Limit)
                Assert.Fail($"not ready: {answer.Error}\n{Log}");
        }
    }

    public async Task<string> GetAsync(int port, string path)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri($"http://127.0.0.1:{Text(Ports[port])}{path}"));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
