using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Proxies;

/// <summary>A real proxy on a loopback port, run without rights from a folder of its own.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private const string Nobody = "65534";
    private readonly ProxyFolder _folder;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ProxyProcess(Process process, ProxyFolder folder, Uri address)
    {
        (_process, _folder, Address) = (process, folder, address);
        void Keep(object sender, DataReceivedEventArgs line) => _output.Enqueue(line.Data ?? string.Empty);
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    public string Output => string.Join('\n', _output);

    /// <summary>Skips the test where the program is not installed.</summary>
    public static void SkipWhereMissing(ProxyKind kind)
    {
        try
        {
            using var version = Process.Start(new ProcessStartInfo(kind.Program, "-v") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            version.WaitForExit();
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{kind.Program} is not installed (Debian package {kind.Program}).");
        }
    }

    /// <summary>Starts one and waits until it listens. It owns the folder from here on.</summary>
    public static async Task<ProxyProcess> StartAsync(ProxyKind kind, ProxyFolder folder, IReadOnlyList<ServerProcess> replicas)
    {
        var port = ServerProcess.FreePort();
        var example = folder.WriteExample(kind, port, replicas);
        string[] command = kind.Program == "nginx" ? Nginx(folder, example) : ["haproxy", "-db", "-f", example];

        // Neither may do more than a user: as root they would take on another user by themselves, in folders of that one.
        if (Environment.IsPrivilegedProcess)
            command = ["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", .. command];
        var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.Root })!;
        var proxy = new ProxyProcess(process, folder, new Uri($"{(kind.IsTls ? "https" : "http")}://127.0.0.1:{port}"));
        try
        {
            await Scrape.UntilAsync(() => proxy.ListensAsync(port), $"{kind} listens");
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }

        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    // The example is a part of the block http, as the files in conf.d are.
    private static string[] Nginx(ProxyFolder folder, string example)
    {
        var paths = string.Join(' ', new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(p => $"{p}_temp_path {p};"));
        var main = folder.Write("nginx.conf", $$"""
            daemon off;
            pid nginx.pid;
            error_log stderr warn;
            worker_processes 2;
            events { worker_connections 1024; }
            http { access_log off; {{paths}} include {{example}}; }
            """);
        return ["nginx", "-p", folder.Root, "-c", main, "-e", "stderr"];
    }

    private async Task<bool> ListensAsync(int port)
    {
        if (_process.HasExited)
            throw new InvalidOperationException($"The proxy ended with {_process.ExitCode}:\n{Output}");
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
