using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;

namespace Inference.Functional.Tests.Observability;

/// <summary>A real Prometheus on a loopback port, which scrapes one server often and evaluates the rules of the checkout.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inference-prometheus-");
    private readonly HttpClient _http = new();
    private Process? _process;

    /// <summary>One series of an answer.</summary>
    internal sealed record Sample(IReadOnlyDictionary<string, string> Labels, double Value);

    /// <summary>Starts one and waits until it answers; null where it is not installed.</summary>
    public static async Task<PrometheusServer?> TryStartAsync(Uri target)
    {
        var server = new PrometheusServer();
        try
        {
            await server.StartAsync(target);
            return server;
        }
        catch (Win32Exception)
        {
            await server.DisposeAsync();
            return null;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The present values of an expression. An error of Prometheus is an exception with its text.</summary>
    public async Task<IReadOnlyList<Sample>> QueryAsync(string expression) =>
        [.. (await GetAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}")).GetProperty("result").EnumerateArray().Select(Read)];

    /// <summary>The field <c>data</c> of what an address answers.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await _http.GetAsync(new Uri(path, UriKind.Relative));
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return answer.RootElement.GetProperty("status").GetString() == "success"
            ? answer.RootElement.GetProperty("data").Clone()
            : throw new InvalidOperationException($"{path}: {answer.RootElement.GetProperty("error").GetString()}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private static Sample Read(JsonElement series) => new(
        series.GetProperty("metric").EnumerateObject().ToDictionary(l => l.Name, l => l.Value.GetString()!),
        double.Parse(series.GetProperty("value")[1].GetString()!.Replace("Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture));

    private async Task StartAsync(Uri target)
    {
        // Quarter of a minute between evaluations is right for operators and long for a test.
        var rules = await File.ReadAllTextAsync(Path.Combine(RepositoryPaths.Root, "deploy", "prometheus", "rules.yaml"));
        await WriteAsync("rules.yaml", rules.Replace("interval: 15s", "interval: 1s", StringComparison.Ordinal));
        await WriteAsync("prometheus.yaml", $$"""
            global: { scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 1s }
            rule_files: [rules.yaml]
            scrape_configs:
              - job_name: inference
                static_configs: [{ targets: ["{{target.Authority}}"] }]
            """);
        var address = $"127.0.0.1:{ServerProcess.FreePort().ToString(CultureInfo.InvariantCulture)}";
        _http.BaseAddress = new Uri($"http://{address}");
        string[] arguments =
        [
            $"--config.file={Path.Combine(_folder.FullName, "prometheus.yaml")}", $"--storage.tsdb.path={Path.Combine(_folder.FullName, "data")}",
            $"--web.listen-address={address}", "--log.level=error",
        ];
        _process = Process.Start(new ProcessStartInfo("prometheus", arguments))!;
        await Scrape.UntilAsync(IsReadyAsync, "Prometheus answers");
    }

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_folder.FullName, file), text);

    private async Task<bool> IsReadyAsync()
    {
        if (_process!.HasExited)
            throw new InvalidOperationException($"Prometheus ended with {_process.ExitCode}; what it says is among the test's output.");
        try
        {
            using var response = await _http.GetAsync(new Uri("/-/ready", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
