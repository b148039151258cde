using System.Buffers.Binary;
using Google.Protobuf;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>One request, encoded once as a gRPC message with its prefix. Immutable; any number of calls may send it at once.</summary>
internal sealed class RequestTemplate
{
    /// <summary>Bytes in front of every gRPC message: whether it is compressed, and its length.</summary>
    public const int PrefixSize = 5;
    private readonly byte[] _frame;

    public RequestTemplate(ModelInferRequest request)
    {
        _frame = new byte[PrefixSize + request.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(_frame.AsSpan(1), _frame.Length - PrefixSize);
        request.WriteTo(_frame.AsSpan(PrefixSize));
    }

    /// <summary>Prefix and message.</summary>
    public ReadOnlyMemory<byte> Frame => _frame;

    /// <summary>The message, without an id.</summary>
    public ReadOnlyMemory<byte> Message => _frame.AsMemory(PrefixSize);

    /// <summary>What every answer must be; null where answers are not compared.</summary>
    public ExpectedAnswer? Expected { get; set; }
}
