using Google.Protobuf;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.ObjectStores;

/// <summary>A real store with a proxy before it for all tests of a fixture, and a bucket and a cache for each test.</summary>
internal abstract class StoreFixture
{
    private SwiftStore? _store;

    protected int StorePort => _store!.Port;

    protected StoreProxy Proxy { get; private set; } = null!;

    protected ObjectBucket Bucket { get; private set; } = null!;

    /// <summary>Folder of the cache, for servers of this test alone.</summary>
    protected string CachePath { get; private set; } = null!;

    protected string Repository => $"s3://{Bucket.Name}/models";

    protected (string Key, string Value)[] Settings =>
    [
        ("Repository:S3:Endpoint", Proxy.Address), ("Repository:S3:CachePath", CachePath), ("Repository:PollSeconds", "0.2"), ("Repository:SettleMilliseconds", "100"),
    ];

    [OneTimeSetUp]
    public async Task StartStore()
    {
        _store = await SwiftStore.TryStartAsync();
        if (_store is null)
            Assert.Ignore("python3-swift is not installed, which is the object store of these tests.");
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", SwiftStore.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", SwiftStore.SecretKey);
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
    }

    [SetUp]
    public async Task CreateBucket()
    {
        Proxy = new StoreProxy(_store!.Port);
        Bucket = await ObjectBucket.CreateAsync(_store);
        CachePath = Directory.CreateTempSubdirectory("inference-cache-").FullName;
    }

    [TearDown]
    public async Task RemoveBucket()
    {
        await Proxy.DisposeAsync();
        Bucket.Dispose();
        Directory.Delete(CachePath, recursive: true);
    }

    [OneTimeTearDown]
    public async Task StopStore()
    {
        if (_store is not null)
            await _store.DisposeAsync();
    }

    /// <summary>A model that multiplies by a factor, of about so many bytes.</summary>
    protected static byte[] Scale(float factor, int bytes = 0)
    {
        const int documentation = 6;
        using var content = new MemoryStream();
        content.Write(ScaleModel.Bytes(factor));
        if (bytes > 0)
        {
            // No two parts of it are alike, so that a part in a wrong place shows.
            var text = string.Create(bytes, new Random(bytes + (int)factor), (chars, random) =>
            {
                for (var i = 0; i < chars.Length; i++)
                    chars[i] = (char)random.Next('a', 'z' + 1);
            });
            using var output = new CodedOutputStream(content, leaveOpen: true);
            output.WriteTag(documentation, WireFormat.WireType.LengthDelimited);
            output.WriteString(text);
        }

        return content.ToArray();
    }

    protected Task<RunningServer> StartAsync(params (string Key, string Value)[] more) => RunningServer.StartAsync(Repository, [.. Settings, .. more]);

    protected Task PutScaleAsync(string version, float factor, int bytes = 0) => Bucket.PutAsync($"models/{version}/model.onnx", Scale(factor, bytes));

    /// <summary>What a model makes of 3 and 4.</summary>
    protected static async Task<float[]> InferAsync(GRPCInferenceService.GRPCInferenceServiceClient client, string model, string version = "1") =>
        (await client.ModelInferAsync(Requests.For(model, version).Floats("x", [1, 2], 3f, 4f))).Floats("y");

    /// <summary>The index of a model: <c>1 READY; 2 UNAVAILABLE unloaded</c>.</summary>
    protected static async Task<string> IndexAsync(GRPCInferenceService.GRPCInferenceServiceClient client, string model)
    {
        var index = await client.RepositoryIndexAsync(new RepositoryIndexRequest());
        return string.Join("; ", index.Models.Where(m => m.Name == model).Select(m => $"{m.Version} {m.State} {m.Reason}".Trim()));
    }

    protected static Task UntilIndexAsync(RunningServer server, string model, string begins) =>
        Scrape.UntilAsync(async () => await IndexAsync(server.Client, model) is var now && (begins.Length == 0 ? now.Length == 0 : now.StartsWith(begins, StringComparison.Ordinal)), $"the index of {model} begins with '{begins}'");
}
