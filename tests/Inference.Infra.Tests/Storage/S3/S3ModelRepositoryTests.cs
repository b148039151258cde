using System.Security.Cryptography;
using Inference.Core.Configuration;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Storage.S3;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.Tests.Storage.S3;

/// <summary>What a repository does with a store that behaves as it should, and with others; by a clock of the test's own.</summary>
internal sealed class S3ModelRepositoryTests
{
    private const string Key = "models/m/1/model.onnx";
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly FakeTimeProvider _time = new();
    private TempFolder _cache = null!;
    private FakeStore _store = null!;
    private RecordingStoreMetrics _metrics = null!;
    private S3ModelRepository _repository = null!;

    [SetUp]
    public void SetUp()
    {
        (_cache, _store, _metrics) = (new TempFolder(), new FakeStore(), new RecordingStoreMetrics());
        _repository = Create();
    }

    [TearDown]
    public void TearDown()
    {
        _repository.Dispose();
        _store.Dispose();
        _cache.Dispose();
    }

    [Test]
    public async Task List_ManyPages_AllModelsAreThere()
    {
        for (var i = 0; i < 25; i++)
            _store.Put($"models/m{i}/1/model.onnx", "x");
        _store.Page = 4;

        Assert.That(await _repository.ListAsync(CancellationToken.None), Has.Count.EqualTo(25));
    }

    [Test]
    public async Task List_StoreFailsATimeOrTwo_IsAskedAgainByTheClock()
    {
        _store.Put(Key, "x");
        var left = 3;
        _store.Asked = _ =>
        {
            if (left-- > 0)
                throw FakeStore.Away;
        };

        Assert.That(await AdvanceAsync(_repository.ListAsync(CancellationToken.None).AsTask()), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task List_StoreIsAway_FailsAfterBoundedAttempts()
    {
        var asked = 0;
        _store.Asked = _ =>
        {
            asked++;
            throw FakeStore.Away;
        };

        var error = await Assert.ThrowsAsync<InferenceException>(() => AdvanceAsync(_repository.ListAsync(CancellationToken.None).AsTask()));

        Assert.That((error!.Code, asked), Is.EqualTo((ErrorCode.LoadFailed, Attempts.Most)));
    }

    [Test]
    public async Task List_NothingChanged_GivesTheSameAndAsksForNoContent()
    {
        _store.Put(Key, "x").Put("models/m/1/pipeline.yaml", "batching: off").Put("models/m/model.yaml", "routing: { default: latest }");
        var first = await _repository.ListAsync(CancellationToken.None);
        var opened = _store.Opened;
        var second = await _repository.ListAsync(CancellationToken.None);

        Assert.That((opened, _store.Opened), Is.EqualTo((2, 2)));
        Assert.That(second.Single(), Is.SameAs(first.Single()));
    }

    [Test]
    public async Task Fetch_Version_HasItsFilesInFoldersOfTheirOwn()
    {
        _store.Put(Key, "weights").Put("models/m/1/data/a.bin", "more").Put("models/m/1/.hidden", "x").Put("models/m/2/model.onnx", "other");
        var model = (await _repository.FindAsync("m", CancellationToken.None))!;
        string folder;
        await using (var fetched = await _repository.FetchAsync("m", model.Versions[0], CancellationToken.None))
        {
            folder = fetched.Folder.Path;
            Assert.That(await File.ReadAllTextAsync(fetched.Folder.File("model.onnx")), Is.EqualTo("weights"));
            Assert.That(await File.ReadAllTextAsync(fetched.Folder.File("data/a.bin")), Is.EqualTo("more"));
            Assert.That(Directory.GetFileSystemEntries(folder), Has.Length.EqualTo(2));
        }

        Assert.That(Directory.Exists(folder), Is.False);
        Assert.That(_store.Opened, Is.EqualTo(2));
    }

    [Test]
    public async Task Fetch_BodyFallsSilent_GoesOnAfterAWhile()
    {
        var content = RandomNumberGenerator.GetBytes(100_000);
        _store.Put(Key, content);
        _store.Answer = (all, offset, right) => offset == 0 ? FakeStore.Body(new SilentStream(all[..40_000]), 0, right.ETag) : right;

        // On a busy machine time may pass by a body that speaks, too.
        Assert.That(await FetchAsync(), Is.EqualTo(content));
        Assert.That(_store.Opened, Is.GreaterThanOrEqualTo(2));
    }

    [Test]
    public async Task Fetch_StoreKnowsNoRanges_BeginsAnew()
    {
        var content = RandomNumberGenerator.GetBytes(100_000);
        _store.Put(Key, content);
        var first = true;
        _store.Answer = (all, _, right) =>
        {
            var body = FakeStore.Body(first ? all[..40_000] : all, 0, right.ETag);
            first = false;
            return body;
        };

        Assert.That(await FetchAsync(), Is.EqualTo(content));
    }

    [Test]
    public async Task Fetch_StoreSendsAnotherObject_IsNotTaken()
    {
        _store.Put(Key, "right");
        _store.Answer = (_, _, _) => FakeStore.Body("wrong"u8.ToArray(), 0, "\"other\"");

        var error = await Assert.ThrowsAsync<InferenceException>(FetchAsync);

        Assert.That(error!.Message, Does.Contain("model 'm' version 1").And.Contain("was replaced after it was listed"));
    }

    [Test]
    public async Task Fetch_MoreBytesThanListed_IsNotTaken()
    {
        _store.Put(Key, "right");
        _store.Answer = (_, _, right) => FakeStore.Body("right and more"u8.ToArray(), 0, right.ETag);

        var error = await Assert.ThrowsAsync<InferenceException>(FetchAsync);

        Assert.That(error!.Message, Does.Contain("has more bytes than it was listed with"));
        Assert.That(_store.Opened, Is.EqualTo(Attempts.Most));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Fetch_ETagSaysNothing_ChecksumOfTheStoreDecides(bool isRight)
    {
        _store.Put(Key, "123456789"u8.ToArray(), "\"opaque\"");
        var sum = Convert.ToBase64String([0xcb, 0xf4, 0x39, isRight ? (byte)0x26 : (byte)0x27]);
        _store.Facts = _ => new ObjectFacts(new Dictionary<string, string> { [ObjectChecksums.Crc32] = sum }, null, false);

        if (isRight)
            Assert.That(await FetchAsync(), Is.EqualTo("123456789"u8.ToArray()));
        else
            Assert.That((await Assert.ThrowsAsync<InferenceException>(FetchAsync))!.Message, Does.Contain("does not have the checksum"));
    }

    [Test]
    public async Task Fetch_PartsOfDifferentSizes_AreAskedForAndCompared()
    {
        byte[][] parts = ["abc"u8.ToArray(), "defgh"u8.ToArray(), "i"u8.ToArray()];
        byte[] content = [.. parts.SelectMany(p => p)];
        _store.Put(Key, content, $"\"{Convert.ToHexStringLower(FakeStore.Md5([.. parts.SelectMany(FakeStore.Md5)]))}-3\"");
        _store.Facts = part => new ObjectFacts(new Dictionary<string, string>(), part is { } number ? parts[number - 1].Length : null, false);

        Assert.That(await FetchAsync(), Is.EqualTo(content));
        Assert.That(_store.Opened, Is.EqualTo(1));
    }

    [Test]
    public async Task Fetch_ETagOfAnEncryptedObject_IsNotTakenForAnMd5()
    {
        _store.Put(Key, "content"u8.ToArray(), $"\"{new string('a', 32)}\"");
        _store.Answer = (all, offset, right) => new ObjectBody(new MemoryStream(all[(int)offset..]), null) { Offset = offset, ETag = right.ETag, IsEncryptedByKey = true };

        Assert.That(await FetchAsync(), Is.EqualTo("content"u8.ToArray()));
        Assert.That(_store.Opened, Is.EqualTo(2));
    }

    [Test]
    public async Task Fetch_Failed_ContentCountsAsNewAtTheNextLook()
    {
        _store.Put(Key, "x");
        var before = (await _repository.ListAsync(CancellationToken.None)).Single().Versions.Single();
        _store.Asked = key =>
        {
            if (key is not null)
                throw FakeStore.Away;
        };
        await Assert.ThrowsAsync<InferenceException>(() => AdvanceAsync(_repository.FetchAsync("m", before, CancellationToken.None).AsTask()));
        var after = (await _repository.ListAsync(CancellationToken.None)).Single().Versions.Single();
        var again = (await _repository.ListAsync(CancellationToken.None)).Single().Versions.Single();

        Assert.That(after.Stamp, Is.Not.EqualTo(before.Stamp));
        Assert.That(again.Stamp, Is.EqualTo(after.Stamp));
    }

    [Test]
    public async Task Metrics_DownloadThatBreaksOffOnce_CountRequestsBytesAndOutcome()
    {
        var content = RandomNumberGenerator.GetBytes(100_000);
        _store.Put(Key, content);
        _store.Answer = (all, offset, right) => offset == 0 ? FakeStore.Body(all[..40_000], 0, right.ETag) : right;
        await FetchAsync();

        Assert.That(_metrics.Requests, Is.EqualTo(new[] { ("list", true), ("get", true), ("get", true) }));
        Assert.That(_metrics.Retries, Is.EqualTo(new[] { "away" }));
        Assert.That((_metrics.ReceivedBytes, _metrics.UnderWay), Is.EqualTo((content.Length, 0)));
        Assert.That(_metrics.Downloads.Single().Succeeded, Is.True);
        Assert.That(_metrics.Downloads.Single().Duration, Is.GreaterThan(TimeSpan.Zero), "the wait between the attempts at least");
        Assert.That(_metrics.Held, Is.EqualTo((content.Length, new S3Options().CacheBytes)));
    }

    [TestCase(true, "corrupt")]
    [TestCase(false, "away")]
    public async Task Metrics_DownloadThatFails_CountsOneFailureAndEachRetry(bool answers, string reason)
    {
        _store.Put(Key, "right");
        if (answers)
            _store.Answer = (_, _, right) => FakeStore.Body("wrong"u8.ToArray(), 0, right.ETag);
        else
            _store.Asked = key => _ = key is null ? key : throw FakeStore.Away;
        await Assert.ThrowsAsync<InferenceException>(FetchAsync);

        Assert.That(_metrics.Retries, Is.EqualTo(Enumerable.Repeat(reason, Attempts.Most - 1)));
        Assert.That(_metrics.Downloads.Single().Succeeded, Is.False);
        Assert.That(_metrics.Requests.Count(r => r == ("get", answers)), Is.EqualTo(Attempts.Most));
    }

    [Test]
    public async Task Metrics_ObjectWithoutChecksum_CountsTheSecondDownloadAsUnproven()
    {
        _store.Put(Key, "content"u8.ToArray(), "\"opaque\"");
        await FetchAsync();

        Assert.That(_metrics.Retries, Is.EqualTo(new[] { "unproven" }));
        Assert.That(_metrics.ReceivedBytes, Is.EqualTo(2 * "content".Length));
        Assert.That(_metrics.Requests, Has.Exactly(2).EqualTo(("head", true)));
    }

    [Test]
    public async Task Metrics_DownloadThatIsGivenUp_IsNeitherOkNorFailed()
    {
        _store.Put(Key, "content");
        using var stop = new CancellationTokenSource();
        var opened = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Answer = (_, _, right) =>
        {
            opened.SetResult(_metrics.UnderWay);
            return FakeStore.Body(new SilentStream([]), 0, right.ETag);
        };
        var model = (await _repository.FindAsync("m", CancellationToken.None))!;
        var fetch = _repository.FetchAsync("m", model.Versions[0], stop.Token).AsTask();
        var began = await opened.Task;
        await stop.CancelAsync();
        await Assert.ThatAsync(() => fetch, Throws.InstanceOf<OperationCanceledException>());

        Assert.That((began, _metrics.UnderWay), Is.EqualTo((1, 0)));
        Assert.That(_metrics.Downloads.Single().Succeeded, Is.Null);
    }

    [Test]
    public async Task Fetch_EmptyFile_IsEmpty()
    {
        _store.Put(Key, "x").Put("models/m/1/empty.txt", string.Empty);
        var model = (await _repository.FindAsync("m", CancellationToken.None))!;
        await using var fetched = await _repository.FetchAsync("m", model.Versions[0], CancellationToken.None);

        Assert.That(new FileInfo(fetched.Folder.File("empty.txt")).Length, Is.Zero);
    }

    [Test]
    public async Task List_ManifestTooLarge_IsToldByItsReader()
    {
        _store.Put(Key, "x").Put("models/m/1/pipeline.yaml", new byte[(1 << 20) + 1]);

        var version = (await _repository.ListAsync(CancellationToken.None)).Single().Versions.Single();

        Assert.That(version.Problem, Does.Contain("m/1/pipeline.yaml: the file is larger than"));
        Assert.That(_store.Opened, Is.Zero);
    }

    [Test]
    public async Task Cache_FolderCannotBeMade_NamesTheOption()
    {
        _cache.File("file");
        using var repository = Create(new RepositoryOptions { S3 = new S3Options { CachePath = _cache.At("file/cache") } });
        _store.Put(Key, "x");

        var error = await Assert.ThrowsAsync<InferenceException>(() => repository.ListAsync(CancellationToken.None).AsTask());

        Assert.That(error!.Message, Does.Contain("Set Repository:S3:CachePath to a folder that the server may write"));
    }

    private S3ModelRepository Create(RepositoryOptions? options = null) => new(
        S3Location.TryParse("s3://fake/models")!, new ExecutionOptions(), options ?? new RepositoryOptions { S3 = new S3Options { CachePath = _cache.At("cache") } }, null, new StoreContext(_time, NullLogger.Instance, _metrics), _store);

    private async Task<byte[]> FetchAsync()
    {
        var model = (await _repository.FindAsync("m", CancellationToken.None))!;
        await using var fetched = await AdvanceAsync(_repository.FetchAsync("m", model.Versions[0], CancellationToken.None).AsTask());
        return await File.ReadAllBytesAsync(fetched.Folder.File("model.onnx"));
    }

    // Time passes for as long as something waits for it, and slowly enough that what does not wait is not overtaken by it.
    private async Task<T> AdvanceAsync<T>(Task<T> task)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!task.IsCompleted)
        {
            _time.Advance(Step);
            await pace.WaitForNextTickAsync();
            if (TimeProvider.System.GetElapsedTime(start) > Limit)
                Assert.Fail("it does not end");
        }

        return await task;
    }

    /// <summary>Gives what it has, then nothing for ever.</summary>
    private sealed class SilentStream(byte[] content) : MemoryStream(content)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == Length)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            return await base.ReadAsync(buffer, cancellationToken);
        }
    }
}
