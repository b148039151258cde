extern alias adapter;

using System.Buffers;
using System.Runtime.InteropServices;
using adapter::Inference.Adapters.Grpc.Infer;
using BenchmarkDotNet.Attributes;
using Inference.Adapters.Protocol;

namespace Inference.Benchmarks.Micro.Wire;

/// <summary>A request from the transport's memory to a tensor, by the generated parser and by the codec; raw and typed.</summary>
[MemoryDiagnoser]
public class DecodeBenchmarks
{
    private ReadOnlySequence<byte> _message;

    [Params(32, 150_528)]
    public int Elements { get; set; }

    [Params(false, true)]
    public bool Typed { get; set; }

    [GlobalSetup]
    public void Prepare() => _message = WireMessage.Create(Elements, Typed);

    [Benchmark(Baseline = true)]
    public void Generated()
    {
        var request = ModelInferRequest.Parser.ParseFrom(_message);
        var last = Typed ? request.Inputs[0].Contents.Fp32Contents[^1] : MemoryMarshal.Cast<byte, float>(request.RawInputContents[0].Span)[^1];
        Result.MustBe(Elements - 1, last);
    }

    [Benchmark]
    public void Codec()
    {
        using var call = InferCallCodec.Read(_message);
        if (!call.TryGetRequest(DateTime.MaxValue, out var request))
            throw call.Error!;
        Result.MustBe(Elements - 1, request.Inputs[0].Tensor.AsSpan<float>()[^1]);
    }
}
