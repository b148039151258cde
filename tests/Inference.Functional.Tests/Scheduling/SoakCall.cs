using Grpc.Core;
using Inference.Adapters.Protocol;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>One request of the soak, what may become of it, and whether that is what became of it.</summary>
internal sealed class SoakCall
{
    private readonly RowDeck _deck;
    private readonly int[] _rows;
    private readonly bool _isWrong;
    private readonly bool _isTimed;

    private SoakCall(RowDeck deck, int[] rows, ModelInferRequest request, bool isWrong, bool isTimed)
    {
        _deck = deck;
        _rows = rows;
        Request = request;
        _isWrong = isWrong;
        _isTimed = isTimed;
    }

    public ModelInferRequest Request { get; }

    /// <summary>The server may have no room for it; where it comes over a stream it waits for room.</summary>
    private bool MayFindNoRoom => _deck.Model is SoakModels.Tight or SoakModels.Ranked;

    /// <summary>A random request.</summary>
    public static SoakCall Next(Random random, RowDeck[] decks, int mostRows) => Next(random, decks[random.Next(decks.Length)], mostRows);

    /// <summary>A random request to a model.</summary>
    public static SoakCall Next(Random random, RowDeck deck, int mostRows)
    {
        var most = random.Next(10) == 0 ? mostRows : Math.Min(8, mostRows);
        int[] rows = [.. Enumerable.Range(0, random.Next(1, most + 1)).Select(_ => random.Next(deck.Count))];
        var request = deck.Request(rows);
        var isWrong = deck.Model == SoakModels.Failing && random.Next(8) == 0;
        if (isWrong)
            request.RawInputContents[0] = Google.Protobuf.ByteString.CopyFrom(MakeWrong(request.RawInputContents[0].ToByteArray()));
        var isTimed = random.Next(8) == 0;
        if (isTimed)
            request.Parameters.Add("timeout", new InferParameter { Int64Param = random.NextInt64(1, 20_000) });
        if (random.Next(3) == 0)
            request.Parameters.Add("priority", new InferParameter { Uint64Param = (ulong)random.Next(0, 5) });
        if (random.Next(8) == 0)
            request.Parameters.Add("timings", new InferParameter { BoolParam = true });
        return new SoakCall(deck, rows, request, isWrong, isTimed);
    }

    /// <summary>What is wrong with an answer; null where nothing is.</summary>
    public string? Fault(ModelInferResponse answer)
    {
        if (_isWrong)
            return $"{_deck.Model}: an answer to a request that must fail";
        if (answer.Id != Request.Id)
            return $"{_deck.Model}: id '{answer.Id}' instead of '{Request.Id}'";
        return _deck.Fault(_rows, answer) is { } fault ? $"{_deck.Model}: {fault}" : null;
    }

    /// <summary>What is wrong with the status of a unary call; null where it is one of those that may be.</summary>
    public string? Fault(Status status, bool hasDeadline, bool isCancelled) => status.StatusCode switch
    {
        StatusCode.InvalidArgument when _isWrong => null,
        StatusCode.Cancelled when isCancelled => null,

        // Made by the client's own library, which did not take it from the server: its ways to see that its call is over.
        _ when status.DebugException is not null && (isCancelled || hasDeadline) => null,
        StatusCode.DeadlineExceeded when hasDeadline || _isTimed => null,
        StatusCode.ResourceExhausted when hasDeadline || _isTimed || MayFindNoRoom => null,
        _ => $"{_deck.Model}: {status}",
    };

    /// <summary>What is wrong with an error of one request of a stream; null where it may be.</summary>
    public string? Fault(string error, bool hasDeadline)
    {
        var isRight = (_isWrong && error.Contains("element out of data bounds", StringComparison.Ordinal))
            || (_isTimed && error.Contains("queue timeout passed", StringComparison.Ordinal))
            || (hasDeadline && error.Contains("deadline", StringComparison.Ordinal))
            || ((_isTimed || hasDeadline) && error.Contains("the request would wait for", StringComparison.Ordinal));
        return isRight ? null : $"{_deck.Model}: {error}";
    }

    private static byte[] MakeWrong(byte[] indices)
    {
        BitConverter.TryWriteBytes(indices.AsSpan(indices.Length - sizeof(long)), 1000L);
        return indices;
    }
}
