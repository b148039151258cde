using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Grpc.Net.Client;
using Inference.Adapters.Protocol;
using NUnit.Framework;

namespace Inference.Functional.Tests.Hosting;

/// <summary>The program as users start it: a process of its own, which gets real signals.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    public const int Terminate = 15;
    public const int KillNow = 9;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(5);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ServerProcess(Process process, ServerPlace place, int grpcPort, int httpPort, int metricsPort)
    {
        _process = process;
        GrpcAddress = new Uri($"http://{place.Host}:{grpcPort}");
        Channel = GrpcChannel.ForAddress(GrpcAddress, new GrpcChannelOptions { HttpHandler = place.Handler(), DisposeHttpClient = true });
        Client = new GRPCInferenceService.GRPCInferenceServiceClient(Channel);
        Http = new HttpClient(place.Handler());
        HttpAddress = new Uri($"http://{place.Host}:{httpPort}");
        MetricsAddress = new Uri($"http://{place.Host}:{metricsPort}");
        GrpcPort = grpcPort;
        HttpPort = httpPort;
    }

    public int GrpcPort { get; }

    public int HttpPort { get; }

    public GrpcChannel Channel { get; }

    public GRPCInferenceService.GRPCInferenceServiceClient Client { get; }

    public HttpClient Http { get; }

    public Uri GrpcAddress { get; }

    public Uri HttpAddress { get; }

    public Uri MetricsAddress { get; }

    /// <summary>Memory of the process that is not with the system, in MiB.</summary>
    public double ResidentMebibytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>Paths of the files that the process has in its memory, assemblies among them; on Linux.</summary>
    public IReadOnlySet<string> MappedFiles =>
        File.ReadLines($"/proc/{_process.Id}/maps").Select(line => line.IndexOf('/', StringComparison.Ordinal) is >= 0 and var path ? line[path..] : string.Empty).ToHashSet(StringComparer.Ordinal);

    /// <summary>Names of the process's threads and the number of the policy by which the kernel schedules each; on Linux.</summary>
    public IReadOnlyList<(string Name, string Policy)> Threads =>
        [.. Directory.EnumerateDirectories($"/proc/{_process.Id}/task").Select(StatOf).OfType<string>().Select(ThreadOf)];

    public string Output => string.Join('\n', _output);

    private static string Program => Path.Combine(AppContext.BaseDirectory, "inference.dll");

    public static Task<ServerProcess> StartAsync(string repository, params string[] arguments) => StartAsync(ServerPlace.Loopback, repository, arguments);

    /// <summary>Starts one in a place and waits until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(ServerPlace place, string repository, params string[] arguments)
    {
        var server = Begin(place, repository, arguments);
        await server.WaitUntilReadyAsync();
        return server;
    }

    /// <summary>Starts it and does not wait for it.</summary>
    public static ServerProcess Begin(string repository, params string[] arguments) => Begin(ServerPlace.Loopback, repository, arguments);

    private static ServerProcess Begin(ServerPlace place, string repository, string[] arguments)
    {
        var (grpc, http, metrics) = (FreePort(), FreePort(), FreePort());
        string[] all =
        [
            "serve", "--repository", repository, "--grpc-port", Text(grpc), "--http-port", Text(http), "--metrics-port", Text(metrics),
            .. place.Arguments, .. arguments,
        ];
        var server = new ServerProcess(Launch(all, place.Prefix), place, grpc, http, metrics);
        server.Listen();
        return server;
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Launch(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var timeout = new CancellationTokenSource(StartTime);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output, await error);
    }

    /// <summary>A loopback port that nobody listened on a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public void Signal(int signal)
    {
        if (Kill(_process.Id, signal) != 0)
            throw new InvalidOperationException($"signal {signal} was not delivered");
    }

    public async Task WaitUntilReadyAsync()
    {
        var start = Stopwatch.GetTimestamp();
        using var retry = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await retry.WaitForNextTickAsync())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(start) > StartTime)
                throw new InvalidOperationException($"The server did not become ready:\n{Output}");
            try
            {
                if (await GetAsync("/readyz") == HttpStatusCode.OK)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
        }
    }

    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    public async Task<HttpStatusCode> GetAsync(string path)
    {
        using var response = await Http.GetAsync(new Uri(HttpAddress, path));
        return response.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        var rented = await RentedAsync();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        Http.Dispose();
        Assert.That(rented, Is.Null.Or.Zero, "tensor buffers that the process still had rented");
    }

    // Null where the thread is gone.
    private static string? StatOf(string task)
    {
        try
        {
            return File.ReadAllText($"{task}/stat");
        }
        catch (IOException)
        {
            return null;
        }
    }

    // By the numbers that proc(5) gives, from 1: the second is the name, in brackets and maybe with spaces, the 41st the policy.
    private static (string Name, string Policy) ThreadOf(string stat)
    {
        var (begin, end) = (stat.IndexOf('(', StringComparison.Ordinal) + 1, stat.LastIndexOf(')'));
        return (stat[begin..end], stat[(end + 2)..].Split(' ')[41 - 3]);
    }

    private static Process Launch(string[] arguments, IReadOnlyList<string>? prefix = null)
    {
        string[] command = [.. prefix ?? [], "dotnet", Program, .. arguments];
        return Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        })!;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    // Null where the process is gone, or does not answer any more.
    private async Task<double?> RentedAsync()
    {
        using var limit = new CancellationTokenSource(SettleTime);
        using var retry = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        double? rented = null;
        try
        {
            do
            {
                var text = _process.HasExited ? string.Empty : await Http.GetStringAsync(new Uri(MetricsAddress, "/metrics"), limit.Token);
                rented = text.Split('\n').FirstOrDefault(l => l.StartsWith("inference_tensor_pool_rented_buffers ", StringComparison.Ordinal)) is { } line
                    ? double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)
                    : null;
            }
            while (rented > 0 && await retry.WaitForNextTickAsync(limit.Token));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // What was seen last counts.
        }

        return rented;
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private void Listen()
    {
        void Keep(object sender, DataReceivedEventArgs line) => _output.Enqueue(line.Data ?? string.Empty);
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }
}
