using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Observability;

/// <summary>What promtool says of the files for Prometheus.</summary>
internal sealed partial class AlertRuleTests
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

    [Test]
    public async Task RulesTest_OfEachRule_HasACaseInWhichItSpeaks()
    {
        var rules = await ReadAsync("rules.yaml");
        var cases = await ReadAsync("rules.test.yaml");
        var (alerts, records) = (Names(AlertPattern(), rules), Names(RecordPattern(), rules));

        Assert.Multiple(() =>
        {
            Assert.That(alerts, Is.Unique.And.Not.Empty);
            Assert.That(Names(FiringPattern(), cases), Is.EquivalentTo(alerts));
            foreach (var record in records)
                Assert.That(cases, Does.Contain($"expr: {record}\n").Or.Contain($"({record},"), record);
        });
    }

    private static List<string> Names(Regex pattern, string text) => [.. pattern.Matches(text).Select(m => m.Groups[1].Value)];

    private static Task<string> ReadAsync(string file) => File.ReadAllTextAsync(Path.Combine(RepositoryPaths.Root, "deploy", "prometheus", file));

    [GeneratedRegex(@"- alert: (\S+)")]
    private static partial Regex AlertPattern();

    [GeneratedRegex(@"- record: (\S+)")]
    private static partial Regex RecordPattern();

    [GeneratedRegex(@"alertname: (\S+)\n +exp_alerts:")]
    private static partial Regex FiringPattern();

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
