using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.ObjectStores;

/// <summary>Models of a bucket, served as those of a folder are.</summary>
internal sealed class StoreServingTests : StoreFixture
{
    private static readonly float[] Once = [3f, 4f];
    private static readonly float[] Twice = [6f, 8f];
    private static readonly float[] Thrice = [9f, 12f];

    [Test]
    public async Task Bucket_ModelsOfEveryKind_AreServedAsFromAFolder()
    {
        using var folder = new TemporaryRepository();
        foreach (var model in new[] { "digits", "iris", "gloss-topics" })
            folder.Copy(RepositoryPaths.SampleModels, model);
        foreach (var model in new[] { "external_data", "identity_string", "sum_product" })
            folder.Copy(RepositoryPaths.TestModels, model);
        foreach (var model in new[] { "simple", "image_fixed", "text_encoder", "folder_model", "named_file" })
            folder.Copy(RepositoryPaths.TritonModels, model);
        await Bucket.PutFolderAsync(folder.Path, "models");

        await using var local = await RunningServer.StartAsync(folder.Path);
        await using var server = await StartAsync();

        Assert.That(await DescribeAsync(server), Is.EqualTo(await DescribeAsync(local)));
        Assert.That(server.Log.Errors, Is.Empty);
    }

    [Test]
    public async Task Bucket_ObjectReplacedBeforeItsFirstRequestAndTheNextLook_AnswersByWhatIsThere()
    {
        await PutScaleAsync("model/1", 2);

        // No look comes between the change and the request.
        await using var server = await StartAsync(("Cache:Loading", "lazy"), ("Repository:PollSeconds", "3600"));
        await PutScaleAsync("model/1", 3);

        Assert.That(await InferAsync(server.Client, "model"), Is.EqualTo(Thrice));
        Assert.That(server.Log.Errors, Is.Empty);
    }

    [Test]
    public async Task Bucket_VersionsUploadedChangedAndDeleted_AreServedAsTheyStand()
    {
        await PutScaleAsync("model/1", 1);
        await using var server = await StartAsync();
        var first = await InferAsync(server.Client, "model");

        await PutScaleAsync("model/2", 2);
        await UntilIndexAsync(server, "model", "1 READY; 2 READY");
        var second = await InferAsync(server.Client, "model", "2");
        await PutScaleAsync("model/2", 3);
        await Scrape.UntilAsync(async () => (await InferAsync(server.Client, "model", "2")).SequenceEqual(Thrice), "the new content serves");
        await Bucket.DeleteAsync("models/model/1/model.onnx");
        await UntilIndexAsync(server, "model", "2 READY");
        var gone = await Assert.ThrowsAsync<RpcException>(() => InferAsync(server.Client, "model"));

        Assert.That((first, second), Is.EqualTo((Once, Twice)));
        Assert.That(gone!.Status.Detail, Does.Contain("available versions: 2"));
    }

    [Test]
    public async Task Poll_NothingOrAManifestChanges_WeightsAreNotDownloadedAgain()
    {
        await PutScaleAsync("model/1", 2);
        await using var server = await StartAsync();
        await InferAsync(server.Client, "model");

        Proxy.Forget();
        await Scrape.UntilAsync(() => Task.FromResult(Proxy.Requests.Count >= 3), "three looks");
        var idle = Proxy.Requests.ToList();
        await Bucket.PutAsync("models/model/1/pipeline.yaml", "batching: off");
        await Scrape.UntilAsync(async () => (await Scrape.SeriesAsync(server, "inference_pipeline_loads_total")).Values.Sum() == 2, "it is loaded again");

        Assert.That(idle, Has.All.Matches<StoreRequest>(r => r!.IsListing));
        Assert.That(Proxy.Requests.Count(r => r.Gets("pipeline.yaml")), Is.EqualTo(1));
        Assert.That(Proxy.Requests.Count(r => r.Gets("model.onnx")), Is.Zero);
        Assert.That(await InferAsync(server.Client, "model"), Is.EqualTo(Twice));
    }

    [Test]
    public async Task CompleteMarker_NotThere_VersionIsNotServed()
    {
        await PutScaleAsync("model/1", 2);
        await Bucket.PutAsync("models/model/1/done", string.Empty);
        await PutScaleAsync("model/2", 3);
        await using var server = await StartAsync(("Repository:CompleteMarker", "done"));
        var before = await IndexAsync(server.Client, "model");

        await Bucket.PutAsync("models/model/2/done", string.Empty);
        await UntilIndexAsync(server, "model", "1 READY; 2 READY");

        Assert.That(before, Is.EqualTo("1 READY"));
    }

    [Test]
    public async Task Explicit_LoadWithAndWithoutOverrides_ServesWhatWasAskedFor()
    {
        await PutScaleAsync("model/1", 2);
        await using var server = await StartAsync(("Repository:Mode", "explicit"));
        var listed = await IndexAsync(server.Client, "model");
        await server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "model" });
        var stored = await InferAsync(server.Client, "model");

        var replaced = new RepositoryModelLoadRequest { ModelName = "model" };
        replaced.Parameters["config"] = new ModelRepositoryParameter { StringParam = """{"max_batch_size": 4}""" };
        await server.Client.RepositoryModelLoadAsync(replaced);
        var config = await server.Client.ModelConfigAsync(new ModelConfigRequest { Name = "model", Version = "1" });
        await server.Client.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = "model" });

        Assert.That((listed, stored, config.Config.MaxBatchSize), Is.EqualTo(("1 UNAVAILABLE unloaded", Twice, 4)));
        foreach (var name in new[] { "../models/model", "model/1", "", ".", "nothing" })
        {
            var error = await Assert.ThrowsAsync<RpcException>(async () => await server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = name }));
            Assert.That(error!.StatusCode, Is.EqualTo(StatusCode.NotFound), name);
        }
    }

    [Test]
    public async Task SingleModel_PrefixIsItsFolder_IsServedUnderItsName()
    {
        await Bucket.PutAsync("models/model.onnx", Scale(2));
        await using var server = await StartAsync(("Repository:ModelName", "only"));

        Assert.That(await InferAsync(server.Client, "only"), Is.EqualTo(Twice));
    }

    [Test]
    public async Task Keys_ThatNoFilesCanHave_AreToldAndHarmNothingElse()
    {
        await PutScaleAsync("good/1", 2);
        await Bucket.PutAsync("models/good/1/", string.Empty);
        await Bucket.PutAsync("models/empty/", string.Empty);
        await Bucket.PutAsync("models/../outside", "x");
        await PutScaleAsync("climbs/1/../../../../tmp/evil", 2);
        await PutScaleAsync("climbs/1", 2);
        await PutScaleAsync("control/1", 2);
        await Bucket.PutAsync("models/control/1/a\u0001b\\c", "x");
        await PutScaleAsync("clash/1", 2);
        await Bucket.PutAsync("models/clash/1/model.onnx/weights", "x");
        await PutScaleAsync("case/1", 2);
        await PutScaleAsync("Case/1", 3);
        await using var server = await StartAsync();

        Assert.That(await IndexAsync(server.Client, "good"), Is.EqualTo("1 READY"));
        Assert.That(await IndexAsync(server.Client, "empty"), Is.Empty);
        Assert.That(await IndexAsync(server.Client, "climbs"), Does.StartWith("1 UNAVAILABLE").And.Contain("'models/climbs/1/../../../../tmp/evil/model.onnx'").And.Contain("Rename or delete it"));
        Assert.That(await IndexAsync(server.Client, "control"), Does.StartWith("1 UNAVAILABLE").And.Contain("has a key that no file can have"));
        Assert.That(await IndexAsync(server.Client, "clash"), Does.StartWith("1 UNAVAILABLE").And.Contain("a file and a folder"));
        Assert.That((await InferAsync(server.Client, "case"), await InferAsync(server.Client, "Case")), Is.EqualTo((Twice, Thrice)));
        Assert.That(server.Log.All.Select(e => e.Text), Has.Some.Contains("models/../outside"));
        Assert.That(File.Exists("/tmp/evil/model.onnx"), Is.False);
    }

    [Test]
    public async Task Cache_SmallerThanAllModels_KeepsWhatWasUsedLast()
    {
        const int size = 1_000_000;
        foreach (var number in Enumerable.Range(1, 4))
            await PutScaleAsync($"m{number}/1", number, size);
        await using var server = await StartAsync(("Repository:S3:CacheBytes", "2500000"), ("Repository:LoadThreads", "1"));
        foreach (var number in Enumerable.Range(1, 4))
            Assert.That(await InferAsync(server.Client, $"m{number}"), Is.EqualTo(new[] { 3f * number, 4f * number }));

        var kept = Directory.EnumerateFiles(Path.Combine(CachePath, "objects"), "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        await PutScaleAsync("large/1", 1, 3_000_000);
        await UntilIndexAsync(server, "large", "1 UNAVAILABLE");

        Assert.That(kept, Is.GreaterThan(size).And.LessThanOrEqualTo(2_500_000));
        Assert.That(await IndexAsync(server.Client, "large"), Does.Contain("Repository:S3:CacheBytes"));
    }

    [Test]
    public async Task DebugPage_ServerWithCredentials_HasNone()
    {
        await PutScaleAsync("model/1", 2);
        await using var server = await StartAsync(("Telemetry:DebugPage", "true"));

        var page = await server.Http.GetStringAsync(new Uri(server.MetricsAddress, "/debug"));

        Assert.That(page, Does.Contain(Bucket.Name).And.Contain("S3:Endpoint"));
        Assert.That(page, Does.Not.Contain(SwiftStore.SecretKey + "\"").And.Not.Contain(SwiftStore.AccessKey));
    }

    [Test]
    public async Task Validate_Bucket_TellsOfItsModels()
    {
        await PutScaleAsync("model/1", 2);
        string[] store = [$"--Repository:S3:Endpoint={Proxy.Address}", $"--Repository:S3:CachePath={CachePath}"];

        var good = await ServerProcess.RunAsync(["validate", Repository, .. store]);
        var list = await ServerProcess.RunAsync(["models", "--repository", Repository, .. store]);
        var missing = await ServerProcess.RunAsync(["validate", "s3://no-such-bucket/models", .. store]);
        var written = await ServerProcess.RunAsync(["validate", "s3://x/../y", .. store]);

        Assert.That((good.ExitCode, good.Output), Is.EqualTo((0, good.Output)), good.Error);
        Assert.That(list.Output, Does.Contain("model"));
        Assert.That(missing.ExitCode, Is.Not.Zero);
        Assert.That(missing.Error, Does.Contain($"bucket 'no-such-bucket' at {Proxy.Address} cannot be read: there is no such bucket; check the bucket in Repository:Path").And.Not.Contain("   at "));
        Assert.That(written.Error, Does.Contain("expected s3://bucket/prefix"));
    }

    // All that clients can see of the models: states, metadata and configurations.
    private static async Task<string> DescribeAsync(RunningServer server)
    {
        var index = await server.Client.RepositoryIndexAsync(new RepositoryIndexRequest());
        var lines = new List<string>();
        foreach (var entry in index.Models.OrderBy(m => m.Name, StringComparer.Ordinal).ThenBy(m => m.Version, StringComparer.Ordinal))
        {
            lines.Add(entry.ToString());
            if (entry.State != "READY")
                continue;
            lines.Add((await server.Client.ModelMetadataAsync(new ModelMetadataRequest { Name = entry.Name, Version = entry.Version })).ToString());
            lines.Add((await server.Client.ModelConfigAsync(new ModelConfigRequest { Name = entry.Name, Version = entry.Version })).ToString());
        }

        return string.Join('\n', lines);
    }
}
