using CsCheck;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Tests.Queue.Waiting;

/// <summary>Against a plain list of what waits.</summary>
[TestFixture]
internal sealed class RequestQueueTests
{
    private static readonly QueueOptions Options = new()
    {
        MaxRows = 20,
        MaxBytes = 200,
        PriorityLevels = 3,
        Levels = [new PriorityLevelOptions(2) { MaxRows = 8 }, new PriorityLevelOptions(3) { MaxBytes = 60 }],
    };

    private static readonly Signature[] Signatures = [.. Enumerable.Range(1, 3).Select(SignatureOf)];

    [Test]
    public void AnyOperations_LimitsAreKeptAndNothingIsLost()
    {
        var request = Gen.Select(Gen.Int[0, 5], Gen.Int[1, 3], Gen.Long[1, 9], Gen.Long[0, 90], Gen.Int[0, 2]);
        Gen.Select(request, Gen.Int[0, 20]).Array[0, 80].Sample(operations =>
        {
            var budget = new QueueBudget(150);
            var queue = new RequestQueue(Options, 0, budget);
            var waiting = new List<(Entry Entry, bool IsAlone)>();
            foreach (var ((operation, level, rows, bytes, signature), index) in operations)
            {
                if (operation == 0 && waiting.Count > 0)
                {
                    var (entry, _) = waiting[index % waiting.Count];
                    queue.Remove(entry);
                    waiting.RemoveAt(index % waiting.Count);
                }
                else if (operation == 1)
                {
                    var entry = Entries.Make(rows: rows, bytes: bytes, level: level);
                    queue.AddAlone(entry);
                    waiting.Add((entry, true));
                }
                else
                {
                    var entry = Entries.Make(rows: rows, bytes: bytes, level: level);
                    var refusal = queue.TryAdd(entry, Signatures[signature]);
                    Assert.That(refusal, Is.EqualTo(Refusal(waiting, entry)));
                    if (refusal is null)
                        waiting.Add((entry, false));
                }

                Assert.That(queue.Load, Is.EqualTo(new QueueLoad(waiting.Count, waiting.Sum(w => w.Entry.Rows), waiting.Sum(w => w.Entry.Bytes), 0)));
                Assert.That(queue.IsEmpty, Is.EqualTo(waiting.Count == 0));
                Assert.That(budget.Taken, Is.EqualTo(waiting.Where(w => !w.IsAlone).Sum(w => w.Entry.Bytes)));
                var ahead = waiting.Where(w => w.Entry.Level <= level).ToList();
                Assert.That(queue.Ahead(level), Is.EqualTo((ahead.Count, ahead.Sum(w => w.Entry.Rows))));
            }

            Assert.That(queue.Clear(), Is.EquivalentTo(waiting.Select(w => w.Entry)));
            Assert.That((queue.IsEmpty, budget.Taken), Is.EqualTo((true, 0)));
        });
    }

    [Test]
    public void Remove_ManySignatures_EmptyOnesAreDropped()
    {
        var queue = new RequestQueue(new QueueOptions(), 0, new QueueBudget(1000));
        for (var size = 1; size <= 100; size++)
        {
            var entry = Entries.Make();
            queue.TryAdd(entry, SignatureOf(size));
            Assert.That(queue.Signatures, Has.Count.LessThanOrEqualTo(2));
            queue.Remove(entry);
        }

        Assert.That(queue.Signatures, Has.Count.EqualTo(1));
    }

    [Test]
    public void NextAlone_Several_InOrder()
    {
        var queue = new RequestQueue(new QueueOptions(), 0, new QueueBudget(1000));
        var entries = Enumerable.Range(0, 3).Select(_ => Entries.Make()).ToList();
        entries.ForEach(queue.AddAlone);
        foreach (var entry in entries)
        {
            Assert.That(queue.NextAlone, Is.SameAs(entry));
            Assert.That(entry.IsAlone, Is.True);
            queue.Remove(entry);
        }

        Assert.That(queue.NextAlone, Is.Null);
    }

    private static RefusalReason? Refusal(List<(Entry Entry, bool IsAlone)> waiting, Entry entry)
    {
        var all = waiting.Select(w => w.Entry).ToList();
        var level = all.Where(e => e.Level == entry.Level).ToList();
        if (all.Count > 0 && all.Sum(e => e.Rows) + entry.Rows > 20)
            return RefusalReason.QueueRows;
        if (all.Count > 0 && all.Sum(e => e.Bytes) + entry.Bytes > 200)
            return RefusalReason.QueueBytes;
        if (level.Count > 0 && entry.Level == 2 && level.Sum(e => e.Rows) + entry.Rows > 8)
            return RefusalReason.QueueRows;
        if (level.Count > 0 && entry.Level == 3 && level.Sum(e => e.Bytes) + entry.Bytes > 60)
            return RefusalReason.QueueBytes;
        var taken = waiting.Where(w => !w.IsAlone).Sum(w => w.Entry.Bytes);
        return taken > 0 && taken + entry.Bytes > 150 ? RefusalReason.TotalBytes : null;
    }

    private static Signature SignatureOf(int size)
    {
        using var inputs = new TensorSet().Add("x", Tensor.Allocate(TensorType.Int8, TensorShape.Of(1, size)));
        return Signature.Of(inputs, [new VariableAxis("x", 1)]);
    }
}
