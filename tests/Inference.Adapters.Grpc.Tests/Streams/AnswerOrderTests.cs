using CsCheck;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Streams;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Tests.Streams;

internal sealed class AnswerOrderTests
{
    [Test]
    public void TryTake_AnswersInAnyOrder_ComeInTheOrderOfRequests() =>
        Gen.Int[1, 12].SelectMany(n => Gen.Select(Gen.Int[1, 4].Array[n], Gen.Int[0, 1000].Array[n * 4])).Sample((counts, keys) =>
        {
            var order = new AnswerOrder();
            var requests = counts.Select((_, i) => Request($"{i}")).ToList();
            requests.ForEach(order.Add);
            var left = (int[])counts.Clone();
            var taken = new List<(string Id, long Number)>();
            foreach (var key in keys)
            {
                var open = Enumerable.Range(0, left.Length).Where(i => left[i] > 0).ToList();
                if (open.Count == 0)
                    break;
                var i = open[key % open.Count];
                order.Ready(new StreamAnswer(requests[i], InferAnswer.Failed(requests[i].Id, "x"), counts[i] - left[i], --left[i] == 0));
                while (order.TryTake(out var answer))
                    taken.Add((answer.Request.Id, answer.Bytes));
            }

            Assert.That(taken, Is.EqualTo(counts.SelectMany((c, i) => Enumerable.Range(0, c).Select(n => ($"{i}", (long)n)))));
        });

    private static StreamRequest Request(string id) => new(new InferCall("m", id, InferenceException.InvalidArgument("x")), 0);
}
