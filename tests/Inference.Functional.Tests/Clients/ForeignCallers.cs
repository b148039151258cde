using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Google.Protobuf;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Clients;

/// <summary>Callers with another language's gRPC library, in a process of their own.</summary>
internal sealed class ForeignCallers : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private readonly Process _process;
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private string _last = string.Empty;
    private long _answers;

    private ForeignCallers(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
    }

    /// <summary>A call that was not answered.</summary>
    internal sealed record Failure(string Status, string Text, double Seconds);

    /// <summary>Starts so many of them; skips the test where the language or its library is not installed.</summary>
    /// <param name="language">python or node.</param>
    /// <param name="target">Address, or several, as gRPC libraries read it.</param>
    /// <param name="callers">How many call at the same time.</param>
    /// <param name="serviceConfig">File of a service configuration.</param>
    public static ForeignCallers Start(string language, string target, int callers, string? serviceConfig = null)
    {
        var request = Requests.For("identity_fp32", "1").Floats("x", [1, 2], 1, 2).ToByteArray();
        string[] arguments =
        [
            target, Convert.ToHexString(request), Convert.ToHexString(MemoryMarshal.AsBytes<float>([1, 2])), callers.ToString(CultureInfo.InvariantCulture),
            .. serviceConfig is null ? Array.Empty<string>() : [serviceConfig],
        ];
        var script = Path.Combine(RepositoryPaths.Root, "tests", "Inference.Functional.Tests", "Clients", language == "python" ? "caller.py" : "caller.js");
        return new ForeignCallers(Process.Start(Redirected(Require(language), [script, .. arguments]))!);
    }

    /// <summary>Waits for so many more answers.</summary>
    public async Task AnsweredAsync(int more)
    {
        var goal = Interlocked.Read(ref _answers) + more;
        await Scrape.UntilAsync(
            async () => Interlocked.Read(ref _answers) >= goal || (_process.HasExited ? throw new InvalidOperationException(await _errors) : false),
            $"{more} more answers");
    }

    /// <summary>Lets what is under way end, and tells what failed.</summary>
    public async Task<IReadOnlyList<Failure>> StopAsync()
    {
        _process.StandardInput.Close();
        await _reading.WaitAsync(Limit);
        await _process.WaitForExitAsync();
        Assert.That(_process.ExitCode, Is.Zero, await _errors);
        using var failures = JsonDocument.Parse(_last);
        return [.. failures.RootElement.EnumerateArray().Select(f => new Failure(f[0].GetString()!, f[1].GetString() ?? string.Empty, f[2].GetDouble()))];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    // Debian's Python, which has Debian's packages, before another that may be first in the path.
    private static string Require(string language)
    {
        (string Program, string Test)[] candidates = language == "python"
            ? [("/usr/bin/python3", "import grpc"), ("python3", "import grpc")]
            : [("node", "require('@grpc/grpc-js')")];
        foreach (var (program, test) in candidates)
        {
            try
            {
                using var tried = Process.Start(Redirected(program, [language == "python" ? "-c" : "-e", test]))!;
                tried.WaitForExit();
                if (tried.ExitCode == 0)
                    return program;
            }
            catch (Win32Exception)
            {
                // Not installed.
            }
        }

        Assert.Ignore(language == "python"
            ? "Python with grpcio is not installed (Debian package python3-grpcio)."
            : "Node.js with @grpc/grpc-js is not installed (npm install @grpc/grpc-js, and NODE_PATH naming its node_modules).");
        return string.Empty;
    }

    private static ProcessStartInfo Redirected(string program, string[] arguments) => new(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _last = line;
            if (long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var answers))
                Interlocked.Exchange(ref _answers, answers);
        }
    }
}
