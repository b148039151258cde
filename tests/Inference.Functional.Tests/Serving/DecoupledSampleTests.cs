using System.Runtime.InteropServices;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Serving;

/// <summary>The sample that answers each row of a request on its own.</summary>
internal sealed class DecoupledSampleTests : ServerFixture
{
    private const float LargestPixel = 16;
    private const int Pixels = 64;

    protected override string Repository => RepositoryPaths.SampleModels;

    [Test]
    public async Task ModelStreamInfer_HeldOutImages_AnswersEachAsTheModelWithinDoes()
    {
        using var file = HeldOutFile.Open("digits-1");
        var request = file.Request();
        var expected = await Server.Client.ModelInferAsync(request);
        var images = MemoryMarshal.Cast<byte, float>(request.RawInputContents[0].Span).ToArray().Select(p => p / LargestPixel).ToArray();
        var streamed = Requests.For("digits-each", "1").Floats("pixels", [images.Length / Pixels, Pixels], images);
        streamed.Id = "all";

        using var stream = Server.Client.ModelStreamInfer();
        await stream.RequestStream.WriteAsync(streamed);
        await stream.RequestStream.CompleteAsync();
        var answers = new List<ModelInferResponse>();
        while (await stream.ResponseStream.MoveNext(CancellationToken.None))
        {
            Assert.That(stream.ResponseStream.Current.ErrorMessage, Is.Empty);
            answers.Add(stream.ResponseStream.Current.InferResponse);
        }

        Assert.That(answers.SelectMany(a => a.Strings("label")), Is.EqualTo(expected.Strings("label")));
        Assert.That(answers.Select(a => a.Id), Is.All.EqualTo("all"));
        Assert.That(answers.Select(a => a.Parameters["triton_final_response"].BoolParam), Is.EqualTo(answers.Select((_, i) => i == answers.Count - 1)));
    }

    [Test]
    public async Task ModelInfer_DecoupledSample_IsUnimplementedAndConfiguredAsDecoupled()
    {
        var request = Requests.For("digits-each", "1").Floats("pixels", [1, Pixels], new float[Pixels]);
        var error = (await Assert.ThrowsAsync<RpcException>(async () => await Server.Client.ModelInferAsync(request)))!;
        var config = await Server.Client.ModelConfigAsync(new ModelConfigRequest { Name = "digits-each", Version = "1" });

        Assert.That((error.StatusCode, config.Config.ModelTransactionPolicy.Decoupled), Is.EqualTo((StatusCode.Unimplemented, true)));
        Assert.That(error.Status.Detail, Does.Contain("ModelStreamInfer"));
    }
}
