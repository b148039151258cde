using Inference.Infra.Storage.S3;
using Inference.Infra.Storage.S3.Caching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.Tests.Storage.S3;

/// <summary>The bound of the cache's folder: what goes, what stays, who waits and who is refused.</summary>
internal sealed class CacheBudgetTests
{
    private const int Most = 1000;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private RecordingStoreMetrics _metrics = null!;
    private TempFolder _root = null!;
    private CacheFolder _folder = null!;
    private ProcessFolder _process = null!;
    private CacheBudget _budget = null!;

    [SetUp]
    public void SetUp()
    {
        (_root, _metrics) = (new TempFolder(), new RecordingStoreMetrics());
        _folder = CacheFolder.Open(_root.At("cache"));
        _process = ProcessFolder.Create(_folder);
        _budget = Create(_process);
    }

    [TearDown]
    public void TearDown()
    {
        _budget.Dispose();
        _process.Dispose();
        _root.Dispose();
    }

    [Test]
    public async Task Lease_FolderIsFull_LeastRecentlyUsedGoAndNoMore()
    {
        string[] files = [Object("a", 300, 3), Object("b", 300, 1), Object("c", 300, 2)];

        using var lease = await LeaseAsync(_budget, ("d", 650));

        Assert.That(files.Select(File.Exists), Is.EqualTo(new[] { true, false, false }));
        Assert.That((_metrics.RemovedObjects, _metrics.Refusals, _metrics.Held), Is.EqualTo((2, 0, (950, Most))));
    }

    [Test]
    public async Task Lease_ObjectsThatAreHere_StayThoughTheyAreTheOldest()
    {
        string[] files = [Object("a", 300, 1), Object("b", 300, 2)];

        using var lease = await LeaseAsync(_budget, ("a", 300), ("c", 500));

        Assert.That(files.Select(File.Exists), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public async Task Lease_NotEnoughThoughAllWent_NothingGoesAndTheErrorTellsTheRemedy()
    {
        var free = Object("a", 300, 1);
        Held("b", 500);

        var error = await Assert.ThrowsAsync<StoreException>(() => LeaseAsync(_budget, ("c", 501)));

        Assert.That((error!.Failure, File.Exists(free), _metrics.Refusals, _metrics.RemovedObjects), Is.EqualTo((StoreFailure.NoRoom, true, 1, 0)));
        Assert.That(error.Message, Does.Contain("no room for 501 bytes more").And.Contain(_folder.Path).And.Contain("1000 (Repository:S3:CacheBytes)").And.Contain("Raise Repository:S3:CacheBytes"));
    }

    [Test]
    public async Task Lease_AnotherLoadHasTheRoom_WaitsForItsEnd()
    {
        var first = await LeaseAsync(_budget, ("a", 600));
        var second = LeaseAsync(_budget, ("b", 600));
        var waits = !second.IsCompleted;
        first.Dispose();
        using var lease = await second;

        Assert.That((waits, _metrics.Refusals), Is.EqualTo((true, 0)));
    }

    [Test]
    public async Task Lease_GivenUpWhileItWaits_LeavesNothingReserved()
    {
        using var stop = new CancellationTokenSource();
        var first = await LeaseAsync(_budget, ("a", 600));
        var second = _budget.LeaseAsync([(Id("b"), 600)], stop.Token);
        await stop.CancelAsync();
        await Assert.ThatAsync(() => second, Throws.InstanceOf<OperationCanceledException>());
        first.Dispose();

        using var all = await LeaseAsync(_budget, ("c", Most));
    }

    [Test]
    public async Task Lease_FailedDownload_ItsRoomComesBack()
    {
        using (await LeaseAsync(_budget, ("a", 900)))
            _budget.Settle(Id("a"));

        using var lease = await LeaseAsync(_budget, ("b", 900));
    }

    [Test]
    public async Task Lease_PartialDownloads_CountAndGoUnlessTheyAreTheVersionsOwn()
    {
        string[] partials = [Partial("a", 400, 1), Partial("b", 400, 2)];

        using var lease = await LeaseAsync(_budget, ("a", 700));

        Assert.That(partials.Select(File.Exists), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public async Task Lease_DownloadsOfAnotherServer_CountAndAreLeft()
    {
        using var otherProcess = ProcessFolder.Create(_folder);
        using var other = Create(otherProcess);
        using var theirs = await LeaseAsync(other, ("a", 600));
        using var file = await PartialFile.TakeAsync(Partial("a", 500, 1), () => false, TimeProvider.System, CancellationToken.None);

        await Assert.ThrowsAsync<StoreException>(() => LeaseAsync(_budget, ("b", 401)));
        using var ours = await LeaseAsync(_budget, ("b", 400));

        Assert.That(File.Exists(file!.Path), Is.True);
    }

    [Test]
    public async Task Lease_ServerThatWasKilled_ItsReservationAndFilesAreGone()
    {
        var (folder, room) = (Path.Combine(_folder.Processes, "killed"), Path.Combine(_folder.Processes, "killed.room"));
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "model.onnx"), new string('x', 700));
        await File.WriteAllTextAsync(room, "900                 ");
        await File.WriteAllTextAsync(folder + ".lock", string.Empty);

        using var lease = await LeaseAsync(_budget, ("a", Most));

        Assert.That((Directory.Exists(folder), File.Exists(room)), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task Lease_ContentUnderTwoNames_CountsOnceAndStays()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("names of the same file are told apart by what only Linux tells");
        Held("a", 600);

        using var lease = await LeaseAsync(_budget, ("b", 400));

        Assert.That((_metrics.Held, _metrics.RemovedObjects), Is.EqualTo(((1000L, (long)Most), 0)));
    }

    [Test]
    public async Task Reserve_ManySmallObjects_NeverExceedTheBound()
    {
        Object("old", 995, 1);
        for (var i = 0; i < 200; i++)
        {
            _budget.Reserve(Id($"o{i}"), 5);
            Object($"o{i}", 5, 2 + i);
            _budget.Settle(Id($"o{i}"));
        }

        var error = Assert.Throws<StoreException>(() => _budget.Reserve(Id("large"), Most + 1))!;
        using var all = await LeaseAsync(_budget, ("last", Most));

        Assert.That((error.Failure, _metrics.RemovedObjects), Is.EqualTo((StoreFailure.NoRoom, 201)));
    }

    [Test]
    public void Refresh_BoundWasLowered_WhatIsAboveGoes()
    {
        string[] files = [Object("a", 900, 1), Object("b", 900, 2)];

        _budget.Refresh();

        Assert.That(files.Select(File.Exists), Is.EqualTo(new[] { false, true }));
        Assert.That(_metrics.Held, Is.EqualTo((900, Most)));
    }

    private static string Id(string name) => name.PadLeft(32, '0');

    private static async Task<RoomLease> LeaseAsync(CacheBudget budget, params (string Name, long Size)[] objects) =>
        await budget.LeaseAsync([.. objects.Select(o => (Id(o.Name), o.Size))], CancellationToken.None);

    private CacheBudget Create(ProcessFolder process) => new(_folder, process, Most, new StoreContext(_time, NullLogger.Instance, _metrics));

    private string Object(string name, int size, int minute)
    {
        Directory.CreateDirectory(_folder.ShardOf(Id(name)));
        return Write(Path.Combine(_folder.ShardOf(Id(name)), $"{Id(name)}-sha"), size, minute);
    }

    private string Partial(string name, int size, int minute) => Write(Path.Combine(_folder.Partial, Id(name)), size, minute);

    // As by a version that is being loaded.
    private void Held(string name, int size) => HardLink.Create(Object(name, size, 1), Path.Combine(_process.Next(), "model.onnx"));

    private string Write(string path, int size, int minute)
    {
        File.WriteAllBytes(path, new byte[size]);
        File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime.AddMinutes(minute));
        return path;
    }
}
