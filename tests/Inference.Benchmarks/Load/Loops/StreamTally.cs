using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Loops;

/// <summary>The answers of one stream: every id once, and the compared ones right. One reader at a time.</summary>
internal sealed class StreamTally(RequestSet requests, int count, int checkEvery)
{
    private readonly bool[] seen = new bool[count];
    private int doubled, unknown, errors, wrong, compared;
    private string? firstError, firstWrong;

    /// <summary>Messages that came.</summary>
    public int Answers { get; private set; }

    /// <summary>From the call's start to its first answer.</summary>
    public TimeSpan ToFirst { get; set; }

    /// <summary>Takes one message.</summary>
    public void Add(Answer answer)
    {
        Answers++;
        var (id, isError) = StreamAnswerScan.Read(answer.Content.Span);
        if (isError)
        {
            errors++;
            firstError ??= ModelStreamInferResponse.Parser.ParseFrom(answer.Content.Span).ErrorMessage;
        }

        if (id < 0 || id >= count)
            unknown++;
        else if (seen[id])
            doubled++;
        else
            seen[id] = true;
        if (!isError && id >= 0 && id % checkEvery == 0)
            Compare(answer, id);
    }

    /// <summary>Fails the report for every kind of answer that is not right.</summary>
    public void CheckAnswers(Report report)
    {
        report.Count("compared", compared);
        if (errors > 0)
            report.Fail($"{errors} of {Answers} answers of the stream are errors; the first: {firstError}");
        if (doubled > 0)
            report.Fail($"{doubled} answers of the stream have an id that was answered before.");
        if (unknown > 0)
            report.Fail($"{unknown} answers of the stream have an id that was never sent, or none.");
        if (seen.Count(answered => !answered) is var missing and > 0)
            report.Fail($"{missing} of {count} requests of the stream got no answer.");
        if (wrong > 0)
            report.Fail($"{wrong} answers of the stream are wrong, of {compared} that were compared; the first: {firstWrong}.");
    }

    private void Compare(Answer answer, int id)
    {
        compared++;
        var response = ModelStreamInferResponse.Parser.ParseFrom(answer.Content.Span).InferResponse;
        if (Numbers.Check(response, requests[id].Expected) is not { } problem)
            return;
        wrong++;
        firstWrong ??= $"id {id}: {problem}";
    }
}
