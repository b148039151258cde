using System.Buffers;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Inference.Adapters.Protocol;

namespace Inference.Benchmarks.Micro.Wire;

/// <summary>A request of one FP32 input as it lies in the web server's memory: in blocks, as the socket filled them.</summary>
internal static class WireMessage
{
    private const int BlockBytes = 1 << 17;

    /// <summary>A request in blocks.</summary>
    public static ReadOnlySequence<byte> Create(int elements, bool typed) => Blocks(Request("model", elements, typed).ToByteArray());

    /// <summary>A request with the values 0, 1, 2 and so on in raw_input_contents, or in typed contents.</summary>
    public static ModelInferRequest Request(string model, int elements, bool typed)
    {
        var values = Enumerable.Range(0, elements).Select(i => (float)i).ToArray();
        var request = new ModelInferRequest { ModelName = model, ModelVersion = "1", Id = "17" };
        var input = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, elements } };
        request.Inputs.Add(input);
        if (typed)
            (input.Contents = new InferTensorContents()).Fp32Contents.AddRange(values);
        else
            request.RawInputContents.Add(ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values)));
        return request;
    }

    private static ReadOnlySequence<byte> Blocks(byte[] message)
    {
        var first = new Block(message.AsMemory(0, Math.Min(BlockBytes, message.Length)), 0);
        var last = first;
        for (var at = BlockBytes; at < message.Length; at += BlockBytes)
            last = last.Before(message.AsMemory(at, Math.Min(BlockBytes, message.Length - at)));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Block : ReadOnlySequenceSegment<byte>
    {
        public Block(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Block Before(ReadOnlyMemory<byte> memory)
        {
            var next = new Block(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
