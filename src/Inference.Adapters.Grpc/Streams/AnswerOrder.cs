using System.Diagnostics.CodeAnalysis;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>
/// Keeps the answers of one pipeline on one stream in the order of its requests: those of a request wait until every request
/// before it has had its last. Not thread-safe; guarded by who writes.
/// </summary>
internal sealed class AnswerOrder
{
    private readonly Queue<StreamRequest> _requests = [];
    private readonly Dictionary<StreamRequest, Queue<StreamAnswer>> _waiting = [];

    /// <summary>A request comes next.</summary>
    public void Add(StreamRequest request) => _requests.Enqueue(request);

    /// <summary>An answer is ready; <see cref="TryTake"/> tells when its turn has come.</summary>
    public void Ready(in StreamAnswer answer)
    {
        if (!_waiting.TryGetValue(answer.Request, out var answers))
            _waiting.Add(answer.Request, answers = []);
        answers.Enqueue(answer);
    }

    /// <summary>The next answer whose turn has come, if there is one.</summary>
    public bool TryTake([MaybeNullWhen(false)] out StreamAnswer answer)
    {
        answer = default;
        if (!_requests.TryPeek(out var first) || !_waiting.TryGetValue(first, out var answers) || !answers.TryDequeue(out answer))
            return false;
        if (answer.IsFinal)
        {
            _requests.Dequeue();
            _waiting.Remove(first);
        }

        return true;
    }
}
