using System.Globalization;
using System.Text.RegularExpressions;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Streams.StreamClient;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed partial class TimingsTests
{
    private static readonly TestModel Identity = TestModel.Identity("m", TensorType.UInt8);

    private static readonly TestModel Timed = Identity with
    {
        Run = (inputs, context) =>
        {
            context.BatchRows = 7;
            context.Timings.Queue = TimeProvider.System.TimestampFrequency / 8000;
            context.Timings.Execute = TimeProvider.System.TimestampFrequency / 400;
            return Identity.Run(inputs, context);
        },
    };

    [Test]
    public async Task ModelInfer_TimingsAskedFor_AreParametersAndATrailer()
    {
        await using var server = await LoopbackServer.StartAsync(Timed);
        using var call = server.Client.ModelInferAsync(With(Request("a"), "timings"));
        var answer = await call.ResponseAsync;
        var trailer = call.GetTrailers().GetValue("server-timing")!;

        Assert.That(answer.Parameters.ToDictionary(p => p.Key, p => p.Value.Int64Param), Is.EquivalentTo(new Dictionary<string, long> { ["queue_us"] = 125, ["execute_us"] = 2500, ["batch_rows"] = 7 }));
        Assert.That(trailer, Does.StartWith("queue;dur=0.125, execute;dur=2.5, total;dur="));
        Assert.That(double.Parse(Total().Match(trailer).Groups[1].Value, CultureInfo.InvariantCulture), Is.GreaterThan(0));
    }

    [Test]
    public async Task ModelInfer_TimingsNotAskedFor_TellsNone()
    {
        await using var server = await LoopbackServer.StartAsync(Timed);
        using var call = server.Client.ModelInferAsync(Request("a"));

        Assert.That((await call.ResponseAsync).Parameters, Is.Empty);
        Assert.That(call.GetTrailers().GetValue("server-timing"), Is.Null);
    }

    [GeneratedRegex("total;dur=([0-9.]+)$")]
    private static partial Regex Total();
}
