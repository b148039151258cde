using Inference.Core.Tests.Certificates;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Tls;

/// <summary>Certificates that change while clients call.</summary>
[Platform(Exclude = "Win")]
internal sealed class CertificateSwapTests : ServerFixture, IDisposable
{
    private const int Swaps = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TestAuthority _authority = new("root");
    private readonly CertificateFolder _folder = new();
    private readonly MountedFolder _secret;

    public CertificateSwapTests() => _secret = new MountedFolder(_folder.Root, _authority.Server().WriteTo, "tls.crt", "tls.key");

    protected override string Repository => RepositoryPaths.TestModels;

    // Connections come to their age all the time, so that handshakes fall before, into and after each change.
    protected override (string Key, string Value)[] Settings =>
    [
        ("Tls:CertificatePath", _folder.At("tls.crt")), ("Tls:KeyPath", _folder.At("tls.key")), ("Tls:MetricsPort", "plain"), ("Tls:ReloadSeconds", "0.02"),
        ("Server:ConnectionAgeSeconds", "0.1"),
    ];

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Swap_UnderLoad_LosesNoCall()
    {
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 4).Select(i => CallAsync(isNewEachTime: i == 0, stop.Token)).ToList();
        var before = await Reloads("ok");
        try
        {
            for (var i = 1; i <= Swaps; i++)
            {
                var name = $"CN=server {i}";
                _secret.Swap(_authority.Server($"server {i}", isRsa: i % 2 == 0).WriteTo);
                await Scrape.UntilAsync(async () => await ServedAsync() == name || callers.Exists(c => c.IsCompleted), $"{name} is served");
            }
        }
        finally
        {
            await stop.CancelAsync();
        }

        var calls = await Task.WhenAll(callers).WaitAsync(Limit);
        Assert.That(calls, Is.All.GreaterThan(0));
        Assert.That(await Reloads("ok") - before, Is.EqualTo(Swaps));
    }

    [TestCase("mismatch", "whose key does not belong to")]
    [TestCase("expired", "expired at")]
    [TestCase("missing", "there is no such file")]
    public async Task Swap_ToFilesThatCannotBeUsed_KeepsWhatWasAndTellsAndRecovers(string kind, string reason)
    {
        var (before, failed) = (await ServedAsync(), await Reloads("failed"));
        _secret.Swap(folder => WriteBad(folder, kind));
        await Scrape.UntilAsync(async () => await Failing() == 1, "the reload fails");

        Assert.That(await ServedAsync(), Is.EqualTo(before));
        Assert.That(await Reloads("failed") - failed, Is.GreaterThanOrEqualTo(1));
        Assert.That(Server.Log.All.Select(e => e.Text), Has.Some.Contains(reason).And.Some.Contains("cannot be used, so that of"));

        _secret.Swap(_authority.Server($"after {kind}").WriteTo);
        await Scrape.UntilAsync(async () => await ServedAsync() == $"CN=after {kind}", "the good one is served");
        await Scrape.UntilAsync(async () => await Failing() == 0, "the reload fails no more");
    }

    private void WriteBad(string folder, string kind)
    {
        if (kind == "expired")
        {
            _authority.Server("old", DateTimeOffset.UtcNow.AddDays(-1)).WriteTo(folder);
            return;
        }

        var (one, other) = (_authority.Server("one"), _authority.Server("other"));
        one.WriteTo(folder);
        if (kind == "mismatch")
            File.WriteAllText(Path.Combine(folder, "tls.key"), other.Key);
        else
            File.Delete(Path.Combine(folder, "tls.key"));
    }

    // Fails with the first call that fails.
    private async Task<int> CallAsync(bool isNewEachTime, CancellationToken stop)
    {
        using var shared = TlsClient.Open(Server.GrpcAddress, _authority);
        var calls = 0;
        while (!stop.IsCancellationRequested)
        {
            using var own = isNewEachTime ? TlsClient.Open(Server.GrpcAddress, _authority) : null;
            var answer = await (own ?? shared).Inference().ModelInferAsync(Requests.For("scalar", "1").Floats("x", [], calls), deadline: DateTime.UtcNow + Limit, cancellationToken: CancellationToken.None);
            Assert.That(answer.ModelName, Is.EqualTo("scalar"));
            calls++;
        }

        return calls;
    }

    private async Task<string> ServedAsync() => (await TlsClient.LookAsync(Server.GrpcAddress, _authority)).Subject;

    private async Task<double> Reloads(string result) => (await Scrape.SeriesAsync(Server, "inference_tls_reloads_total"))[$"inference_tls_reloads_total{{result=\"{result}\"}}"];

    private async Task<double> Failing() => (await Scrape.SeriesAsync(Server, "inference_tls_reload_failing")).Values.Single();
}
