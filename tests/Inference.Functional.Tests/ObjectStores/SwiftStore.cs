using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.ObjectStores;

/// <summary>A real object store on a loopback port: OpenStack Swift with its S3 interface.</summary>
internal sealed class SwiftStore : IAsyncDisposable
{
    public const string AccessKey = "test:tester";
    public const string SecretKey = "testing";

    // Debian's own, which has Debian's packages.
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inference-store-");
    private Process? _process;

    private SwiftStore()
    {
    }

    public int Port { get; private set; }

    /// <summary>Starts one; null where it is not installed.</summary>
    public static async Task<SwiftStore?> TryStartAsync()
    {
        var store = new SwiftStore();
        try
        {
            if (await IsInstalledAsync())
            {
                await store.StartAsync();
                return store;
            }
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }

        await store.DisposeAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private static async Task<bool> IsInstalledAsync()
    {
        try
        {
            using var import = Process.Start(new ProcessStartInfo(Python, ["-c", "import swift.proxy.server"]) { RedirectStandardError = true })!;
            await import.WaitForExitAsync();
            return import.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private async Task StartAsync()
    {
        var script = Path.Combine(RepositoryPaths.Root, "tests", "Inference.Functional.Tests", "ObjectStores", "swift_store.py");

        // It ends when its standard input does, so that none is left of tests that were killed.
        _process = Process.Start(new ProcessStartInfo(Python, ["-W", "ignore", script, _folder.FullName]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        using var limit = new CancellationTokenSource(StartTime);
        var line = await _process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("The store ended; what it says is among the test's output.");
        Port = int.Parse(line, CultureInfo.InvariantCulture);
    }
}
