using CsCheck;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Tests.Queue.Waiting;

[TestFixture]
internal sealed class DueHeapTests
{
    [Test]
    public void AnyOperations_AgainstAList_EarliestFirstAndNoneLost()
    {
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 30], Gen.Long[0, 40]).Array[0, 120].Sample(operations =>
        {
            var heap = new DueHeap();
            var model = new List<Entry>();
            foreach (var (operation, index, time) in operations)
            {
                var entry = model.Count == 0 ? null : model[index % model.Count];
                switch (operation)
                {
                    case 0 when entry is not null:
                        heap.Remove(entry);
                        heap.Remove(entry);
                        model.Remove(entry);
                        break;
                    case 1 when entry is not null:
                        entry.Due = time;
                        heap.Update(entry);
                        break;
                    case 2:
                        var due = heap.TakeDue(time);
                        Assert.That(due is null, Is.EqualTo(model.All(e => e.Due > time)));
                        Assert.That(due is null || due.Due == model.Min(e => e.Due), Is.True);
                        model.Remove(due!);
                        break;
                    default:
                        entry = Entries.Make(deadline: time);
                        heap.Add(entry);
                        model.Add(entry);
                        break;
                }

                Assert.That((heap.Count, heap.Earliest), Is.EqualTo((model.Count, model.Count == 0 ? long.MaxValue : model.Min(e => e.Due))));
            }

            var rest = new List<Entry>();
            while (heap.TakeDue(long.MaxValue - 1) is { } entry)
                rest.Add(entry);
            Assert.That(rest, Is.EquivalentTo(model).And.Ordered.By(nameof(Entry.Due)));
            Assert.That(rest.Select(e => e.HeapIndex), Has.All.EqualTo(-1));
        });
    }
}
