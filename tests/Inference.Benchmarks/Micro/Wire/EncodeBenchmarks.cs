extern alias adapter;

using System.Buffers;
using System.Runtime.InteropServices;
using adapter::Inference.Adapters.Grpc.Infer;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;

namespace Inference.Benchmarks.Micro.Wire;

/// <summary>An answer from a tensor to the transport's memory, by the generated messages and by the codec; raw and typed.</summary>
[MemoryDiagnoser]
public class EncodeBenchmarks
{
    private readonly ArrayBufferWriter<byte> _target = new(1 << 20);
    private TensorSet _outputs = new();
    private byte[] _expected = [];

    [Params(32, 150_528)]
    public int Elements { get; set; }

    [Params(false, true)]
    public bool Typed { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var tensor = Tensor.Allocate(TensorType.Float32, TensorShape.Of(1, Elements));
        for (var i = 0; i < Elements; i++)
            tensor.Mutable<float>()[i] = i;
        _outputs = new TensorSet().Add("y", tensor);
        _expected = Message().ToByteArray();
    }

    [Benchmark(Baseline = true)]
    public void Generated()
    {
        _target.ResetWrittenCount();
        Message().WriteTo(_target);
        Result.MustBe(true, _target.WrittenSpan.SequenceEqual(_expected));
    }

    [Benchmark]
    public void Codec()
    {
        _target.ResetWrittenCount();
        InferAnswerCodec.Write(new InferAnswer("model", "1", "17", null, _outputs, Typed ? TensorForm.Typed : TensorForm.Raw), _target);
        Result.MustBe(true, _target.WrittenSpan.SequenceEqual(_expected));
    }

    [GlobalCleanup]
    public void Clean() => _outputs.Dispose();

    private ModelInferResponse Message()
    {
        var data = _outputs[0].Tensor.AsSpan<float>();
        var output = new ModelInferResponse.Types.InferOutputTensor { Name = "y", Datatype = "FP32", Shape = { 1, Elements } };
        var message = new ModelInferResponse { ModelName = "model", ModelVersion = "1", Id = "17", Outputs = { output } };
        if (Typed)
            (output.Contents = new InferTensorContents()).Fp32Contents.AddRange(data);
        else
            message.RawOutputContents.Add(ByteString.CopyFrom(MemoryMarshal.AsBytes(data)));
        return message;
    }
}
