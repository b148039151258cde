using Inference.Adapters.Grpc.Infer.Wire;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>Finds the elements of typed contents, which may stand packed or one by one, in any order and number of fields.</summary>
internal static class ContentsReader
{
    private const int MostFieldNumber = InferTensorContents.BytesContentsFieldNumber;

    /// <summary>Counts the elements of contents that the reader has entered, to their end.</summary>
    public static void Count(ref WireReader reader, ref ContentsTally tally)
    {
        while (reader.TryReadTag(out var tag))
        {
            switch (Of(tag, out var packed))
            {
                case ContentsField.None:
                    reader.Skip(tag);
                    break;
                case ContentsField.Bytes:
                    var length = reader.ReadLength();
                    tally.AddBytes(length);
                    reader.Advance(length);
                    break;
                case var field when packed:
                    tally.Add(field, CountPacked(ref reader, ElementSize(field)));
                    break;
                case var field:
                    reader.Skip(tag);
                    tally.Add(field, 1);
                    break;
            }
        }
    }

    /// <summary>The field of contents that a tag stands for; None for one that is unknown or of another wire type.</summary>
    /// <param name="tag">Tag within the contents.</param>
    /// <param name="packed">Any number of elements follows, after the bytes that they take.</param>
    public static ContentsField Of(uint tag, out bool packed)
    {
        packed = (tag & 7) == WireTypes.Length;
        if (tag >> 3 > MostFieldNumber)
            return ContentsField.None;
        var field = (ContentsField)((tag >> 3) - 1);
        var alone = field switch
        {
            ContentsField.Bytes => WireTypes.Length,
            ContentsField.Fp32 => WireTypes.Fixed32,
            ContentsField.Fp64 => WireTypes.Fixed64,
            _ => WireTypes.Varint,
        };
        return packed || (tag & 7) == alone ? field : ContentsField.None;
    }

    /// <summary>Bytes of an element on the wire; 0 where they differ.</summary>
    private static int ElementSize(ContentsField field) => field switch
    {
        ContentsField.Fp32 => sizeof(float),
        ContentsField.Fp64 => sizeof(double),
        _ => 0,
    };

    private static int CountPacked(ref WireReader reader, int size)
    {
        var length = reader.ReadLength();
        if (size > 0)
        {
            reader.Advance(length);
            return length % size == 0 ? length / size : throw WireReader.Malformed();
        }

        // Every number ends with a byte below 128. One that is too long is found when it is read.
        var (count, last) = (0, (byte)0);
        for (var left = length; left > 0;)
        {
            var run = reader.NextRun(left);
            foreach (var value in run)
                count += value < 0x80 ? 1 : 0;
            last = run[^1];
            left -= run.Length;
        }

        return last < 0x80 ? count : throw WireReader.Malformed();
    }
}
