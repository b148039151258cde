using System.Buffers;
using CsCheck;
using Inference.Adapters.Grpc.Connections;

namespace Inference.Adapters.Grpc.Tests.Connections;

internal sealed class FrameWatchTests
{
    private static readonly Gen<(byte Type, int Length)> Frame = Gen.Select(Gen.Byte[0, 9], Gen.Int[0, 70_000]);

    [Test]
    public void Read_AnyFramesInAnyPieces_FindsEachOnce() =>
        Gen.Select(Frame.Array[0, 20], Gen.Int[1, 100_000]).Sample(
            (frames, piece) =>
            {
                var found = new List<(byte, int)>();
                var watch = new FrameWatch((type, length) => found.Add((type, length)), FrameWatch.PrefaceLength);
                foreach (var part in Bytes(frames).Chunk(piece))
                    watch.Read(new ReadOnlySequence<byte>(part));
                return found.SequenceEqual(frames);
            },
            iter: 200);

    private static byte[] Bytes((byte Type, int Length)[] frames)
    {
        var bytes = new List<byte>(new byte[FrameWatch.PrefaceLength]);
        foreach (var (type, length) in frames)
        {
            bytes.AddRange([(byte)(length >> 16), (byte)(length >> 8), (byte)length, type, 0, 0, 0, 0, 1]);
            bytes.AddRange(Enumerable.Repeat((byte)6, length));
        }

        return [.. bytes];
    }
}
