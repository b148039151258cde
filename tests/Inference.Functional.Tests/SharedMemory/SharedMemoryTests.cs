using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.SharedMemory;

/// <summary>Tensors in memory that the client shares, with a real client and real objects.</summary>
internal sealed class SharedMemoryTests : SharedMemoryFixture
{
    [Test]
    public async Task ServerMetadata_SwitchedOn_NamesTheExtension() =>
        Assert.That((await Server.Client.ServerMetadataAsync(new ServerMetadataRequest())).Extensions, Does.Contain("system_shared_memory").And.Not.Contain("cuda_shared_memory"));

    [TestCase(0, 4096)]
    [TestCase(4, 400)]
    [TestCase(4100, 8192)]
    public async Task ModelInfer_InputAndOutputInARegion_AreReadAndWrittenThere(int x, int y)
    {
        using var shm = new ShmObject(16384);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("both", 16384));
        shm.Write(x, 1.5f, 2, 3, 4, 5, 6);
        var response = await Server.Client.ModelInferAsync(Floats("identity_fp32", [2, 3], ("both", x), ("both", y)));
        var output = response.Outputs.Single();
        Assert.Multiple(() =>
        {
            Assert.That(shm.Read<float>(y, 6), Is.EqualTo(new[] { 1.5f, 2, 3, 4, 5, 6 }));
            Assert.That((output.Name, output.Datatype, output.Contents), Is.EqualTo(("y", "FP32", (InferTensorContents?)null)));
            Assert.That(output.Shape, Is.EqualTo(new long[] { 2, 3 }));
            Assert.That(output.Parameters["shared_memory_region"].StringParam, Is.EqualTo("both"));
            Assert.That(output.Parameters["shared_memory_byte_size"].Int64Param, Is.EqualTo(24));
            Assert.That(output.Parameters["shared_memory_offset"].Int64Param, Is.EqualTo(y));
            Assert.That(response.RawOutputContents, Is.Empty);
        });
    }

    [Test]
    public async Task ModelInfer_OutputOverItsInput_IsTheModelsAnswer()
    {
        using var shm = new ShmObject(4096);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("both", 4096));
        shm.Write(0, 1f, 2, 3, 4);
        await Server.Client.ModelInferAsync(Floats("identity_fp32", [1, 4], ("both", 0), ("both", 4)));
        Assert.That(shm.Read<float>(0, 5), Is.EqualTo(new[] { 1f, 1, 2, 3, 4 }));
    }

    [Test]
    public async Task ModelInfer_SomeTensorsInRegionsAndSomeInTheMessage_AllAreUsed()
    {
        using var shm = new ShmObject(4096);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("r", 4000, 96));
        shm.Write(96, 10f, 20, 30);
        var request = Requests.For("sum_product", "1");
        var a = new ModelInferRequest.Types.InferInputTensor { Name = "a", Datatype = "FP32", Shape = { 1, 3 } };
        ShmObject.Place(a.Parameters, "r", 12);
        request.Inputs.Add(a);
        request.Floats("b", [1, 3], 3, 4, 5);
        var sum = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "sum" };
        ShmObject.Place(sum.Parameters, "r", 100, 40);
        request.Outputs.Add(sum);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "product" });
        var response = await Server.Client.ModelInferAsync(request);
        Assert.Multiple(() =>
        {
            Assert.That(shm.Read<float>(136, 3), Is.EqualTo(new[] { 13f, 24, 35 }));
            Assert.That(response.Floats("product"), Is.EqualTo(new[] { 30f, 80, 150 }), "entries and outputs have the same order");
            Assert.That(response.RawOutputContents[0].IsEmpty);
            Assert.That(response.Outputs[0].Parameters["shared_memory_byte_size"].Int64Param, Is.EqualTo(100));
            Assert.That(response.Outputs[1].Parameters, Is.Empty);
        });
    }

    [Test]
    public async Task ModelInfer_Bytes_AreLengthPrefixedInTheRegion()
    {
        using var shm = new ShmObject(4096);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("r", 4096));
        var data = Requests.BytesElements([[1, 2, 3], [], [4]]);
        shm.Write(7, data);
        var request = Requests.For("identity_string", "1");
        var x = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "BYTES", Shape = { 1, 3 } };
        ShmObject.Place(x.Parameters, "r", data.Length, 7);
        request.Inputs.Add(x);
        var y = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "y" };
        ShmObject.Place(y.Parameters, "r", 1000, 2001);
        request.Outputs.Add(y);
        var response = await Server.Client.ModelInferAsync(request);
        Assert.That(shm.Read<byte>(2001, data.Length), Is.EqualTo(data));
        Assert.That(response.Outputs.Single().Shape, Is.EqualTo(new long[] { 1, 3 }));
    }

    [TestCase("identity_bool", "BOOL", 1)]
    [TestCase("identity_uint8", "UINT8", 1)]
    [TestCase("identity_uint16", "UINT16", 2)]
    [TestCase("identity_uint32", "UINT32", 4)]
    [TestCase("identity_uint64", "UINT64", 8)]
    [TestCase("identity_int8", "INT8", 1)]
    [TestCase("identity_int16", "INT16", 2)]
    [TestCase("identity_int32", "INT32", 4)]
    [TestCase("identity_int64", "INT64", 8)]
    [TestCase("identity_fp16", "FP16", 2)]
    [TestCase("identity_bf16", "BF16", 2)]
    [TestCase("identity_fp64", "FP64", 8)]
    public async Task ModelInfer_AnyDatatypeAtAnyOffset_IsPassedThrough(string model, string datatype, int size)
    {
        using var shm = new ShmObject(4096);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("r", 4096));
        byte[] data = [.. Enumerable.Range(0, 4 * size).Select(i => (byte)(i % 2))];
        foreach (var offset in new[] { 0, 8, 1 })
        {
            shm.Write(offset, data);
            var request = Requests.For(model, "1");
            var x = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = datatype, Shape = { 2, 2 } };
            ShmObject.Place(x.Parameters, "r", data.Length, offset);
            request.Inputs.Add(x);
            var y = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "y" };
            ShmObject.Place(y.Parameters, "r", data.Length, 2048 + offset);
            request.Outputs.Add(y);
            await Server.Client.ModelInferAsync(request);
            Assert.That(shm.Read<byte>(2048 + offset, data.Length), Is.EqualTo(data), $"offset {offset}");
        }
    }

    [Test]
    public async Task ModelStreamInfer_Regions_AreUsedAndErrorsLeaveTheStreamAlive()
    {
        using var shm = new ShmObject(4096);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("r", 4096));
        shm.Write(0, 7f, 8);
        using var stream = Server.Client.ModelStreamInfer();
        foreach (var (id, region) in new[] { ("1", "none"), ("2", "r") })
        {
            var request = Floats("identity_fp32", [1, 2], (region, 0), ("r", 100));
            request.Id = id;
            await stream.RequestStream.WriteAsync(request);
        }

        await stream.RequestStream.CompleteAsync();
        var answers = new Dictionary<string, ModelStreamInferResponse>();
        while (await stream.ResponseStream.MoveNext(CancellationToken.None))
            answers[stream.ResponseStream.Current.InferResponse.Id] = stream.ResponseStream.Current;
        Assert.Multiple(() =>
        {
            Assert.That(answers["1"].ErrorMessage, Does.Contain("'none'"));
            Assert.That(answers["2"].ErrorMessage, Is.Empty);
            Assert.That(answers["2"].InferResponse.Outputs.Single().Parameters["shared_memory_offset"].Int64Param, Is.EqualTo(100));
            Assert.That(shm.Read<float>(100, 2), Is.EqualTo(new[] { 7f, 8 }));
        });
    }

    [Test]
    public async Task ModelInfer_Classification_WritesItsTextToTheRegion()
    {
        using var shm = new ShmObject(4096);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("r", 4096));
        shm.Write(0, 1f, 9, 5);
        var request = Floats("identity_fp32", [1, 3], ("r", 0), ("r", 100));
        request.Outputs[0].Parameters["shared_memory_byte_size"].Int64Param = 100;
        request.Outputs[0].Parameters["classification"] = new InferParameter { Int64Param = 1 };
        var response = await Server.Client.ModelInferAsync(request);
        Assert.That((response.Outputs[0].Datatype, System.Text.Encoding.UTF8.GetString(shm.Read<byte>(104, 10))), Is.EqualTo(("BYTES", "9.000000:1")));
    }

    [Test]
    public async Task ModelInfer_OutputLargerThanItsRoom_SaysBothSizesAndWritesNothing()
    {
        using var shm = new ShmObject(4096);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("r", 4096));
        var request = Floats("identity_fp32", [1, 8], ("r", 0), ("r", 2000));
        request.Outputs[0].Parameters["shared_memory_byte_size"].Int64Param = 31;
        shm.Write(0, 1f, 2, 3, 4, 5, 6, 7, 8);
        var error = await FailsAsync(request);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(error.Status.Detail, Does.Contain("output 'y'").And.Contain("32 bytes").And.Contain("is 31"));
        Assert.That(shm.Read<float>(2000, 8), Has.All.Zero);
    }

    [TestCase("shared_memory_byte_size", 3, StatusCode.InvalidArgument, "3 bytes")]
    [TestCase("shared_memory_byte_size", 5000, StatusCode.InvalidArgument, "does not lie within region 'r' of 4096 bytes")]
    [TestCase("shared_memory_byte_size", long.MaxValue, StatusCode.InvalidArgument, "does not lie within")]
    [TestCase("shared_memory_byte_size", -1, StatusCode.InvalidArgument, "is -1")]
    [TestCase("shared_memory_offset", 4090, StatusCode.InvalidArgument, "shared_memory_offset 4090")]
    [TestCase("shared_memory_offset", long.MaxValue, StatusCode.InvalidArgument, "does not lie within")]
    [TestCase("shared_memory_offset", -8, StatusCode.InvalidArgument, "is -8")]
    public async Task ModelInfer_WrongPlace_IsRefusedWithTheReason(string parameter, long value, StatusCode code, string text)
    {
        using var shm = new ShmObject(4096);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("r", 4096));
        var request = Floats("identity_fp32", [1, 2], ("r", 0), ("r", 100));
        request.Inputs[0].Parameters[parameter].Int64Param = value;
        var error = await FailsAsync(request);
        Assert.That((error.StatusCode, error.Status.Detail), Is.EqualTo((code, error.Status.Detail)));
        Assert.That(error.Status.Detail, Does.Contain(text));
    }

    [Test]
    public async Task ModelInfer_RegionThatIsNot_IsNotFoundWithTheNearestName()
    {
        using var shm = new ShmObject(4096);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("inputs", 4096));
        var error = await FailsAsync(Floats("identity_fp32", [1, 2], ("input", 0), ("inputs", 100)));
        Assert.That((error.StatusCode, error.Status.Detail), Is.EqualTo((StatusCode.NotFound, error.Status.Detail)));
        Assert.That(error.Status.Detail, Does.Contain("'input'").And.Contain("'inputs'"));
    }

    [Test]
    public async Task ModelInfer_TwoOutputsAtOnePlace_IsRefused()
    {
        using var shm = new ShmObject(4096);
        await Server.Client.SystemSharedMemoryRegisterAsync(shm.Registration("r", 4096));
        var request = Requests.For("sum_product", "1").Floats("a", [1, 3], 1, 2, 3).Floats("b", [1, 3], 4, 5, 6);
        foreach (var (name, offset) in new[] { ("sum", 0), ("product", 4) })
        {
            var output = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = name };
            ShmObject.Place(output.Parameters, "r", 12, offset);
            request.Outputs.Add(output);
        }

        var error = await FailsAsync(request);
        Assert.That(error.Status.Detail, Does.Contain("'sum' and 'product'").And.Contain("overlap"));
    }

    [Test]
    public async Task CudaSharedMemory_CpuBuild_IsUnimplementedAndSaysWhy()
    {
        var request = new CudaSharedMemoryRegisterRequest { Name = "c", ByteSize = 4, RawHandle = Google.Protobuf.ByteString.CopyFrom(new byte[64]) };
        var error = (await Assert.ThrowsAsync<RpcException>(async () => await Server.Client.CudaSharedMemoryRegisterAsync(request)))!;
        Assert.That((error.StatusCode, error.Status.Detail), Is.EqualTo((StatusCode.Unimplemented, error.Status.Detail)));
        Assert.That(error.Status.Detail, Does.Contain("cpu build"));
    }
}
