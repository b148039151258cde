using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Connections;

/// <summary>Connections that end at their age, with a real client that is in the middle of its work.</summary>
internal sealed class ConnectionAgeTests : ServerFixture
{
    private const int Ages = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    protected override string Repository => RepositoryPaths.TestModels;

    protected override (string Key, string Value)[] Settings => [("Server:ConnectionAgeSeconds", "1"), ("Server:ConnectionGraceSeconds", "20")];

    [Test]
    public async Task Age_ClientUnderLoad_LosesNoCallAndNoStream()
    {
        using var timeout = new CancellationTokenSource(Limit);
        using var stream = Server.Client.ModelStreamInfer(cancellationToken: timeout.Token);
        await stream.RequestStream.WriteAsync(Request("first"), timeout.Token);
        Assert.That(await stream.ResponseStream.MoveNext(timeout.Token), Is.True);
        var before = await Aged();

        // Four callers without a pause, while the connection changes under them several times.
        var calls = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async caller =>
        {
            while (await Aged() < before + Ages)
            {
                for (var i = 0; i < 25; i++)
                {
                    var answer = await Server.Client.ModelInferAsync(Request($"{caller}"), cancellationToken: timeout.Token);
                    Assert.That(answer.Floats("y"), Is.EqualTo(new[] { 1f, 2f }));
                    Interlocked.Increment(ref calls);
                }
            }
        }));

        // The stream was opened on the first connection, which is long past its age.
        await stream.RequestStream.WriteAsync(Request("last"), timeout.Token);
        Assert.That(await stream.ResponseStream.MoveNext(timeout.Token), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(stream.ResponseStream.Current.ErrorMessage, Is.Empty);
            Assert.That(stream.ResponseStream.Current.InferResponse.Id, Is.EqualTo("last"));
            Assert.That(calls, Is.GreaterThan(Ages));
        });
        await stream.RequestStream.CompleteAsync();
        Assert.That(await stream.ResponseStream.MoveNext(timeout.Token), Is.False);
    }

    private static ModelInferRequest Request(string id)
    {
        var request = Requests.For("identity_fp32", "1").Floats("x", [1, 2], 1, 2);
        request.Id = id;
        return request;
    }

    private async Task<double> Aged() => (await Scrape.SeriesAsync(Server, "inference_connections_ended_total"))["inference_connections_ended_total{reason=\"age\"}"];
}
