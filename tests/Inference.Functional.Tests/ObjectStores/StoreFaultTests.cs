using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.ObjectStores;

/// <summary>A store that breaks off, fails, lies, changes, and goes away.</summary>
internal sealed class StoreFaultTests : StoreFixture
{
    private const int Size = 3_000_000;
    private const string Artefact = "model.onnx";
    private static readonly float[] Twice = [6f, 8f];
    private static readonly float[] Thrice = [9f, 12f];

    [Test]
    public async Task Download_BrokenOffTwice_GoesOnWhereItEnded()
    {
        await PutScaleAsync("model/1", 2, Size);
        var left = 2;
        Proxy.Fault = r => r.Gets(Artefact) && Interlocked.Decrement(ref left) >= 0 ? new StoreFault { CutAfter = 1_000_000 } : null;
        await using var server = await StartAsync();

        var downloads = Proxy.Requests.Where(r => r.Gets(Artefact)).ToList();
        Assert.That(await InferAsync(server.Client, "model"), Is.EqualTo(Twice));
        Assert.That(downloads, Has.Count.EqualTo(3).And.All.Matches<StoreRequest>(r => r!.IsConditional));
        Assert.That(downloads[2].From, Is.GreaterThan(downloads[1].From).And.LessThanOrEqualTo(2_000_000));
        Assert.That(downloads[1].From, Is.GreaterThan(0));
    }

    [Test]
    public async Task Store_AsksToSlowDownAndFails_IsAskedAgainLater()
    {
        await PutScaleAsync("model/1", 2);
        var count = 0;
        Proxy.Fault = _ => (Interlocked.Increment(ref count) % 3) switch
        {
            1 => new StoreFault { Answer = (503, "SlowDown") },
            2 => new StoreFault { Answer = (500, "InternalError") },
            _ => null,
        };
        await using var server = await StartAsync(("Repository:Mode", "none"));

        Assert.That(await InferAsync(server.Client, "model"), Is.EqualTo(Twice));
    }

    [Test]
    public async Task Download_ByteFlipped_NeverServesAndIsRepeatedUntilItIsRight()
    {
        await PutScaleAsync("good/1", 3);
        await PutScaleAsync("model/1", 2, Size);
        Proxy.Fault = r => r.Gets("model/1/" + Artefact) ? new StoreFault { FlipAt = 100_000 } : null;
        await using var server = await StartAsync();
        var corrupt = await IndexAsync(server.Client, "model");
        var other = await InferAsync(server.Client, "good");

        Proxy.Fault = _ => null;
        await UntilIndexAsync(server, "model", "1 READY");

        Assert.That(corrupt, Does.StartWith("1 UNAVAILABLE").And.Contain("checksum").And.Contain(Proxy.Address));
        Assert.That((other, await InferAsync(server.Client, "model")), Is.EqualTo((Thrice, Twice)));
    }

    [Test]
    public async Task Download_ObjectInPartsFlippedOnce_IsFoundAndDownloadedAgain()
    {
        await Bucket.PutPartsAsync("models/model/1/model.onnx", Scale(2, 12 << 20), 5 << 20);
        var left = 1;
        Proxy.Fault = r => r.Gets(Artefact) && Interlocked.Decrement(ref left) >= 0 ? new StoreFault { FlipAt = 11 << 20 } : null;
        await using var server = await StartAsync();

        Assert.That(await InferAsync(server.Client, "model"), Is.EqualTo(Twice));
        Assert.That(Proxy.Requests.Count(r => r.Gets(Artefact)), Is.EqualTo(2));
    }

    [Test]
    public async Task Download_ObjectInPartsOfUnusualSize_IsComparedWithASecondOne()
    {
        await Bucket.PutPartsAsync("models/model/1/model.onnx", Scale(2, Size), 1_234_567);
        await using var server = await StartAsync();

        Assert.That(await InferAsync(server.Client, "model"), Is.EqualTo(Twice));
        Assert.That(Proxy.Requests.Count(r => r.Gets(Artefact)), Is.EqualTo(2));
    }

    [Test]
    public async Task Download_ObjectReplacedMeanwhile_NewOneServesAndNothingOfBoth()
    {
        await PutScaleAsync("model/1", 2, Size);
        var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = 1;
        Proxy.Fault = r => r.Gets(Artefact) && Interlocked.Decrement(ref left) >= 0 ? new StoreFault { Stall = (1_000_000, replaced.Task) } : null;
        var starting = StartAsync();
        await Scrape.UntilAsync(() => Task.FromResult(Proxy.Requests.Any(r => r.Gets(Artefact))), "the download begins");
        await PutScaleAsync("model/1", 3, Size);
        replaced.SetResult();
        await using var server = await starting;
        await UntilIndexAsync(server, "model", "1 READY");

        Assert.That(await InferAsync(server.Client, "model"), Is.EqualTo(Thrice));
        Assert.That(Proxy.Requests.Where(r => r.Gets(Artefact)).All(r => r.IsConditional), Is.True);
    }

    [Test]
    public async Task Store_GoesAwayAndComesBack_WhatServesServesOn()
    {
        await PutScaleAsync("model/1", 2);
        await using var server = await StartAsync();
        Proxy.IsAway = true;
        await Scrape.UntilAsync(async () => (await Scrape.SeriesAsync(server, "inference_repository_looks_total")).Any(s => s.Key.Contains("fail", StringComparison.Ordinal) && s.Value > 0), "a look has failed");
        var answer = await InferAsync(server.Client, "model");
        await PutScaleAsync("model/2", 3);
        Proxy.IsAway = false;
        await UntilIndexAsync(server, "model", "1 READY; 2 READY");

        Assert.That((answer, await InferAsync(server.Client, "model", "2")), Is.EqualTo((Twice, Thrice)));
        Assert.That(server.Log.Errors.Select(e => e.Text), Has.Exactly(1).Contains("The repository cannot be read; what serves goes on serving").And.Some.Contains(Proxy.Address));
    }

    [Test]
    public async Task Store_AwayAtTheStart_ServerComesUpAndServesWhenItIsThere()
    {
        await PutScaleAsync("model/1", 2);
        Proxy.IsAway = true;
        await using var server = ServerProcess.Begin(Repository, [.. Settings.Select(s => $"--{s.Key}={s.Value}")]);
        await Scrape.UntilAsync(() => Task.FromResult(server.Output.Contains("The repository cannot be read yet", StringComparison.Ordinal)), "it says so");
        var (live, ready) = (await server.GetAsync("/livez"), await server.GetAsync("/readyz"));
        Proxy.IsAway = false;
        await server.WaitUntilReadyAsync();

        Assert.That((live, ready), Is.EqualTo((System.Net.HttpStatusCode.OK, System.Net.HttpStatusCode.ServiceUnavailable)));
        Assert.That(server.Output, Does.Contain(Proxy.Address).And.Contain("The repository can be read again"));
        Assert.That(await InferAsync(server.Client, "model"), Is.EqualTo(Twice));
    }

    [TestCase(403, "SignatureDoesNotMatch", "the store does not take the credentials (SignatureDoesNotMatch)")]
    [TestCase(403, "AccessDenied", "access is denied (403 AccessDenied)")]
    [TestCase(301, "PermanentRedirect", "set Repository:S3:Region")]
    [TestCase(400, "BadRequest", "whose scheme (http or https)")]
    public async Task Store_Refuses_ReasonAndRemedyAreTold(int status, string code, string expected)
    {
        Proxy.Fault = _ => new StoreFault { Answer = (status, code) };

        var result = await ServerProcess.RunAsync(["validate", Repository, $"--Repository:S3:Endpoint={Proxy.Address}", $"--Repository:S3:CachePath={CachePath}"]);

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Error, Does.Contain($"bucket '{Bucket.Name}' at {Proxy.Address} cannot be read").And.Contain(expected));
        Assert.That(result.Error, Does.Not.Contain(SwiftStore.SecretKey + " ").And.Not.Contain("   at "));
        Assert.That(Proxy.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Endpoint_SpeaksNoTls_RemedyNamesTheScheme()
    {
        var endpoint = $"https://127.0.0.1:{StorePort}";

        var result = await ServerProcess.RunAsync(["validate", Repository, $"--Repository:S3:Endpoint={endpoint}", $"--Repository:S3:CachePath={CachePath}"]);

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Error, Does.Contain(endpoint).And.Contain("it speaks plain HTTP").And.Contain("the scheme of Repository:S3:Endpoint"));
    }
}
