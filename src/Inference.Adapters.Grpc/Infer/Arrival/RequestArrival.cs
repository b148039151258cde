using System.Buffers;
using Inference.Adapters.Grpc.Infer.Wire;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Infer.Arrival;

/// <summary>
/// Takes a large request while it arrives: big entries of raw_input_contents go from the transport's buffers straight into
/// memory of their own, which becomes the tensors' memory, and the transport's buffers are free again. All else is read when
/// it is complete. What is done with a message does not depend on the pieces in which it comes. Used by one thread at a time.
/// </summary>
/// <param name="length">Bytes of the message, as its header tells.</param>
/// <param name="leastEntry">Smallest entry that is taken out, in bytes; at least 1.</param>
internal sealed class RequestArrival(long length, int leastEntry = RequestArrival.LeastEntry) : IDisposable
{
    /// <summary>Smallest entry that is taken out of its message, in bytes.</summary>
    public const int LeastEntry = 1 << 16;

    // Memory is taken for an entry only when this part of it is there: a length that is only announced costs a client as much
    // as an eighth of it.
    private const int Announced = 8;

    // More than this around the entries is no ordinary request, and is left where it is until all has arrived.
    private const int MostAround = 1 << 16;
    private const uint RawContents = (ModelInferRequest.RawInputContentsFieldNumber << 3) | WireTypes.Length;
    private readonly List<ArrivedEntry> _entries = [];
    private readonly ArrivedFields _fields = new();
    private TensorBuffer? _filling;
    private int _filled;
    private long _seen;
    private int _rawEntries;
    private bool _leavesRest;

    /// <summary>Bytes of the message that are taken.</summary>
    public long Taken { get; private set; }

    /// <summary>Takes what is worth taking.</summary>
    /// <param name="bytes">The message from where it was taken to, as far as it has arrived.</param>
    /// <returns>Where it is taken to now; what follows must be there at the next call.</returns>
    /// <exception cref="Domain.InferenceException">Overloaded where there is no memory, InvalidArgument for an entry larger than a tensor can be.</exception>
    public SequencePosition Take(ReadOnlySequence<byte> bytes)
    {
        while (!bytes.IsEmpty && !_leavesRest)
        {
            if (_filling is not null)
                bytes = Fill(bytes);
            else if (!TryFindEntry(ref bytes))
                break;
        }

        return bytes.Start;
    }

    /// <summary>Reads the request, all of which has arrived.</summary>
    /// <param name="rest">The message from where it was taken to, to its end.</param>
    /// <returns>As <see cref="InferCallCodec.Read(in ReadOnlySequence{byte})"/>; it owns the entries' memory.</returns>
    public InferCall Read(in ReadOnlySequence<byte> rest) =>
        _entries.Count == 0 ? InferCallCodec.Read(rest) : InferCallCodec.Read(_fields.Before(rest), _entries);

    public void Dispose()
    {
        foreach (var entry in _entries)
            entry.Buffer.Release();
        _entries.Clear();
        _fields.Dispose();
    }

    private ReadOnlySequence<byte> Fill(in ReadOnlySequence<byte> bytes)
    {
        var target = _filling!.Memory.Span[_filled..];
        var here = bytes.Slice(0, Math.Min(bytes.Length, target.Length));
        here.CopyTo(target);
        _filled += (int)here.Length;
        Taken += here.Length;
        if (here.Length == target.Length)
            _filling = null;
        return bytes.Slice(here.End);
    }

    // Goes over fields that stay where they are, up to an entry that does not; false where there is none yet.
    private bool TryFindEntry(ref ReadOnlySequence<byte> bytes)
    {
        while (_seen < bytes.Length)
        {
            var field = bytes.Slice(_seen);
            var outcome = FieldScan.At(field, out var tag, out var head, out var value);
            if (outcome == FieldScan.Outcome.TooShort)
                return false;
            if (outcome == FieldScan.Outcome.Unclear || _seen + head + value > length - Taken)
                break;
            if (tag == RawContents && value >= leastEntry && _fields.Length + _seen <= MostAround)
                return TryBegin(ref bytes, field.Slice(head), (int)value);
            _rawEntries += tag == RawContents ? 1 : 0;
            _seen += head + value;
        }

        // More of what is no entry than is worth moving; or something for the reader to judge.
        _leavesRest = _seen > MostAround || _seen < bytes.Length;
        return false;
    }

    private bool TryBegin(ref ReadOnlySequence<byte> bytes, in ReadOnlySequence<byte> entry, int size)
    {
        if (entry.Length < size / Announced)
            return false;
        _filling = TensorPool.Shared.Rent(size);
        _filled = 0;
        _entries.Add(new ArrivedEntry(_rawEntries++, _filling));
        _fields.Add(bytes.Slice(0, _seen));
        _fields.AddEmpty((byte)RawContents);
        Taken += bytes.Slice(0, entry.Start).Length;
        _seen = 0;
        bytes = entry;
        return true;
    }
}
