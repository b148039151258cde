extern alias adapter;

using System.Buffers;
using adapter::Inference.Adapters.Grpc.Infer.Arrival;
using BenchmarkDotNet.Attributes;

namespace Inference.Benchmarks.Micro.Wire;

/// <summary>A large request that is taken block by block while it arrives, straight into its tensor: one image, and 32 of them.</summary>
[MemoryDiagnoser]
public class ArrivalBenchmarks
{
    private ReadOnlySequence<byte> _message;

    [Params(150_528, 32 * 150_528)]
    public int Elements { get; set; }

    [GlobalSetup]
    public void Prepare() => _message = WireMessage.Create(Elements, typed: false);

    [Benchmark]
    public void Take()
    {
        using var arrival = new RequestArrival((int)_message.Length);
        var left = _message;
        foreach (var block in _message)
        {
            // All that has arrived and was not taken yet, as the web server hands it out.
            var here = _message.Slice(arrival.Taken, _message.Length - left.Length + block.Length - arrival.Taken);
            left = left.Slice(block.Length);
            arrival.Take(here);
        }

        using var call = arrival.Read(_message.Slice(arrival.Taken));
        if (!call.TryGetRequest(DateTime.MaxValue, out var request))
            throw call.Error!;
        Result.MustBe(Elements - 1, request.Inputs[0].Tensor.AsSpan<float>()[^1]);
    }
}
