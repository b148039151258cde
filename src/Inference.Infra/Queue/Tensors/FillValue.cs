using Inference.Domain.Tensors;

namespace Inference.Infra.Queue.Tensors;

/// <summary>Fills a tensor with one number.</summary>
internal static class FillValue
{
    /// <summary>Fills it. Numbers out of the datatype's range become its nearest.</summary>
    public static void Fill(Tensor tensor, double value)
    {
        switch (tensor.Type)
        {
            case TensorType.Bool:
                tensor.Mutable<byte>().Fill(value != 0 ? (byte)1 : (byte)0);
                break;
            case TensorType.UInt8:
                tensor.Mutable<byte>().Fill(byte.CreateSaturating(value));
                break;
            case TensorType.UInt16:
                tensor.Mutable<ushort>().Fill(ushort.CreateSaturating(value));
                break;
            case TensorType.UInt32:
                tensor.Mutable<uint>().Fill(uint.CreateSaturating(value));
                break;
            case TensorType.UInt64:
                tensor.Mutable<ulong>().Fill(ulong.CreateSaturating(value));
                break;
            case TensorType.Int8:
                tensor.Mutable<sbyte>().Fill(sbyte.CreateSaturating(value));
                break;
            case TensorType.Int16:
                tensor.Mutable<short>().Fill(short.CreateSaturating(value));
                break;
            case TensorType.Int32:
                tensor.Mutable<int>().Fill(int.CreateSaturating(value));
                break;
            case TensorType.Int64:
                tensor.Mutable<long>().Fill(long.CreateSaturating(value));
                break;
            case TensorType.Float16:
                tensor.Mutable<Half>().Fill((Half)value);
                break;
            case TensorType.BFloat16:
                // The upper half of the same number in FP32.
                tensor.Mutable<ushort>().Fill((ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16));
                break;
            case TensorType.Float32:
                tensor.Mutable<float>().Fill((float)value);
                break;
            case TensorType.Float64:
                tensor.Mutable<double>().Fill(value);
                break;
            case TensorType.Bytes:
                break;
        }
    }
}
