using System.ComponentModel;
using System.Diagnostics;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Observability;

/// <summary>What promtool says of the files for Prometheus.</summary>
internal sealed class AlertRuleTests
{
    [TestCase("check", "rules", "rules.yaml")]
    [TestCase("check", "config", "prometheus.yaml")]
    [TestCase("test", "rules", "rules.test.yaml")]
    public async Task Promtool_OfFile_IsContent(string verb, string kind, string file)
    {
        var (exitCode, said) = await RunAsync(verb, kind, file);

        Assert.That(exitCode, Is.Zero, said);
        Assert.That(said, Does.Contain("SUCCESS"));
    }

    private static async Task<(int ExitCode, string Said)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("promtool", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.Combine(RepositoryPaths.Root, "deploy", "prometheus"),
        };
        try
        {
            using var promtool = Process.Start(start)!;
            var output = promtool.StandardOutput.ReadToEndAsync();
            var error = promtool.StandardError.ReadToEndAsync();
            await promtool.WaitForExitAsync();
            return (promtool.ExitCode, await output + await error);
        }
        catch (Win32Exception)
        {
            Assert.Ignore("promtool is not installed (Debian package prometheus).");
            throw;
        }
    }
}
