using Grpc.Core;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>A repository that changes while the server runs, by files alone.</summary>
internal sealed class FollowingTests : LifecycleFixture
{
    private const string Marker = "complete";

    // The period is so long that only file events can be what tells of a change.
    protected override (string Key, string Value)[] Settings =>
        [("Repository:Mode", "poll"), ("Repository:PollSeconds", "600"), ("Repository:SettleMilliseconds", "200"), ("Repository:CompleteMarker", Marker)];

    [Test]
    public async Task Repository_ModelAddedChangedAndTakenAway_IsServedAsItStands()
    {
        Put("added");
        await UntilAsync("added", "1 READY");
        var answer = await InferAsync("added");

        Models.Write("added/1/pipeline.yaml", "modle: {}");
        await UntilAsync("added", "1 READY serves its earlier content, since the newer could not be loaded: added/1/pipeline.yaml:1", isBeginning: true);
        var answerOfEarlier = await InferAsync("added");
        File.Delete(Path.Combine(Models.Path, "added", "1", "pipeline.yaml"));
        await UntilAsync("added", "1 READY");

        Directory.Delete(Path.Combine(Models.Path, "added"), recursive: true);
        await UntilAsync("added", string.Empty);

        Assert.That((answer, answerOfEarlier), Is.EqualTo((new[] { 3f, 4f }, new[] { 3f, 4f })));
        ExpectErrorLog("'added'");
    }

    [Test]
    public async Task Repository_ArtefactBecomesCorrupt_EarlierOneServesUntilItIsRepaired()
    {
        Put("spoiled");
        await UntilAsync("spoiled", "1 READY");

        Spoil("spoiled/1");
        await UntilAsync("spoiled", "1 READY serves its earlier content", isBeginning: true);
        var answer = await InferAsync("spoiled");
        Repair("spoiled/1");
        await UntilAsync("spoiled", "1 READY");

        Assert.That(answer, Is.EqualTo(new[] { 3f, 4f }));
        ExpectErrorLog("'spoiled'");
    }

    [Test]
    public async Task Repository_VersionsAddedAndTakenAway_OthersServeThroughout()
    {
        Put("several");
        await UntilAsync("several", "1 READY");
        Put("several", "2");
        await UntilAsync("several", "1 READY; 2 READY");
        Directory.Delete(Path.Combine(Models.Path, "several", "1"), recursive: true);
        await UntilAsync("several", "2 READY");

        Assert.That(await InferAsync("several", "2"), Is.EqualTo(new[] { 3f, 4f }));
        Assert.That((await FailureAsync(() => InferAsync("several"))).Status.Detail, Does.Contain("'several' has no version '1'; available versions: 2"));
    }

    [Test]
    public async Task Repository_HalfCopiedVersion_IsNeverLoaded()
    {
        var whole = await File.ReadAllBytesAsync(Path.Combine(RepositoryPaths.TestModels, "identity_fp32", "1", "model.onnx"));
        var artefact = Path.Combine(Models.Path, "copied", "1", "model.onnx");
        Directory.CreateDirectory(Path.GetDirectoryName(artefact)!);
        await File.WriteAllBytesAsync(artefact, whole[..(whole.Length / 2)]);

        // What comes later is served, so that the half of the other one has been seen, and has stayed as it is for long enough.
        Put("later");
        await UntilAsync("later", "1 READY");
        var half = await IndexAsync("copied");
        await File.WriteAllBytesAsync(artefact, whole);
        Models.Write($"copied/1/{Marker}", string.Empty);
        await UntilAsync("copied", "1 READY");

        Assert.That(half, Does.StartWith("UNAVAILABLE model 'copied' has no version that is complete").And.Contain(Marker));
        Assert.That(await InferAsync("copied"), Is.EqualTo(new[] { 3f, 4f }));
    }

    [Test]
    public async Task Repository_FolderRenamedIntoPlace_IsServed()
    {
        PutIdentity(".arriving/1");
        Models.Write($".arriving/1/{Marker}", string.Empty);
        Directory.Move(Path.Combine(Models.Path, ".arriving"), Path.Combine(Models.Path, "arrived"));
        await UntilAsync("arrived", "1 READY");

        Assert.That(await InferAsync("arrived"), Is.EqualTo(new[] { 3f, 4f }));
    }

    [Test]
    public async Task Repository_ManifestOfOneVersionChanges_OnlyThatOneIsLoadedAgain()
    {
        Put("touched");
        Put("touched", "2");
        Put("untouched");
        await UntilAsync("touched", "1 READY; 2 READY");
        await UntilAsync("untouched", "1 READY");

        Models.Write("touched/2/pipeline.yaml", "batching: off");
        await Scrape.UntilAsync(async () => await LoadsAsync("touched", "2") == 2, "version 2 is loaded again");
        await UntilAsync("touched", "1 READY; 2 READY");

        Assert.That((await LoadsAsync("touched", "1"), await LoadsAsync("untouched", "1")), Is.EqualTo((1.0, 1.0)));
    }

    [Test]
    public async Task Repository_ManifestOfTheModelChangesItsDefault_NothingIsLoadedAgain()
    {
        Put("routed");
        Put("routed", "2");
        Models.Write("routed/model.yaml", "routing: { default: 2 }");
        await UntilAsync("routed", "1 READY; 2 READY");
        await Scrape.UntilAsync(async () => await DefaultAsync("routed") == "2", "version 2 is the default");

        Models.Write("routed/model.yaml", "routing: { default: 1 }");
        await Scrape.UntilAsync(async () => await DefaultAsync("routed") == "1", "version 1 is the default");

        Assert.That((await LoadsAsync("routed", "1"), await LoadsAsync("routed", "2")), Is.EqualTo((1.0, 1.0)));
    }

    // As the kubelet lays out a ConfigMap or a secret: every file is a link through ..data, which is swapped by a rename.
    [Test]
    public async Task Repository_FilesAreLinksThroughAFolderThatIsSwapped_SwapIsTakenUp()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Models.Path, "mounted", "1")).FullName;
        var version = new MountedFolder(folder, target => Write(target, 1), "model.onnx", Marker);
        await UntilAsync("mounted", "1 READY");
        var first = await InferAsync("mounted");

        version.Swap(target => Write(target, 2));
        await Scrape.UntilAsync(async () => (await InferAsync("mounted")).SequenceEqual([6f, 8f]), "what the link leads to now is served");

        Assert.That(first, Is.EqualTo(new[] { 3f, 4f }));

        static void Write(string target, float factor)
        {
            File.WriteAllBytes(Path.Combine(target, "model.onnx"), ScaleModel.Bytes(factor));
            File.WriteAllText(Path.Combine(target, Marker), string.Empty);
        }
    }

    // Which version answers a request that names none; empty where there is no default yet.
    private async Task<string> DefaultAsync(string model)
    {
        try
        {
            return (await Server.Client.ModelInferAsync(Requests.For(model, string.Empty).Floats("x", [1, 2], 3f, 4f))).ModelVersion;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.InvalidArgument)
        {
            return string.Empty;
        }
    }

    private async Task<double> LoadsAsync(string model, string version) =>
        (await Scrape.SeriesAsync(Server, "inference_pipeline_loads_total")).Where(s => s.Key.Contains($"model=\"{model}\",version=\"{version}\"", StringComparison.Ordinal)).Sum(s => s.Value);

    private void Put(string model, string version = "1")
    {
        PutIdentity($"{model}/{version}");
        Models.Write($"{model}/{version}/{Marker}", string.Empty);
    }
}
