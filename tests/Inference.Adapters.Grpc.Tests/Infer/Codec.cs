using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Tests.Infer;

/// <summary>The codec over bytes and generated messages.</summary>
internal static class Codec
{
    public static InferCall Read(byte[] message, int chunk = int.MaxValue) => InferCallCodec.Read(Chunks(message, chunk));

    public static InferenceRequest Decode(ModelInferRequest message, DateTime? deadline = null)
    {
        var call = Read(message.ToByteArray());
        return call.TryGetRequest(deadline ?? DateTime.MaxValue, out var request) ? request : throw call.Error!;
    }

    /// <summary>The text with which the message is refused; fails where it is not, or where memory is not given back.</summary>
    public static string Refused(ModelInferRequest message, ErrorCode code = ErrorCode.InvalidArgument) => Refused(message.ToByteArray(), code);

    public static string Refused(byte[] message, ErrorCode code = ErrorCode.InvalidArgument)
    {
        var rented = TensorPool.Shared.Rented;
        using var call = Read(message);
        Assert.That(call.Error?.Code, Is.EqualTo(code));
        Assert.That(call.TryGetRequest(DateTime.MaxValue, out _), Is.False);
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(rented));
        return call.Error!.Message;
    }

    public static byte[] Write(InferAnswer answer) => Write(context => InferAnswerCodec.Write(answer, context));

    public static byte[] WriteStreamed(InferAnswer answer) => Write(context => InferAnswerCodec.WriteStreamed(answer, context));

    public static ReadOnlySequence<byte> Chunks(byte[] bytes, int size)
    {
        size = Math.Min(size, bytes.Length);
        var first = new Segment(bytes.AsMemory(0, size), null);
        var last = first;
        for (var i = size; i < bytes.Length; i += size)
            last = new Segment(bytes.AsMemory(i, Math.Min(size, bytes.Length - i)), last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private static byte[] Write(Action<SerializationContext> write)
    {
        var context = new Context();
        write(context);
        Assert.That(context.IsComplete, Is.True);
        Assert.That(context.Announced, Is.EqualTo(context.Writer.WrittenCount), "the length that was announced");
        return context.Writer.WrittenSpan.ToArray();
    }

    private sealed class Context : SerializationContext
    {
        public ArrayBufferWriter<byte> Writer { get; } = new(1);

        public int Announced { get; private set; }

        public bool IsComplete { get; private set; }

        public override void SetPayloadLength(int payloadLength) => Announced = payloadLength;

        public override IBufferWriter<byte> GetBufferWriter() => Writer;

        public override void Complete() => IsComplete = true;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
