using CsCheck;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Tests.Queue.Waiting;

[TestFixture]
internal sealed class EntryListTests
{
    [Test]
    public void AnyOperations_AgainstAList_SameOrderAndSums()
    {
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 20], Gen.Long[1, 50]).Array[0, 60].Sample(operations =>
        {
            var list = new EntryList();
            var model = new List<Entry>();
            foreach (var (operation, index, size) in operations)
            {
                if (operation == 0 && model.Count > 0)
                {
                    var entry = model[index % model.Count];
                    model.Remove(entry);
                    list.Remove(entry);
                    Assert.That((entry.List, entry.Next, entry.Previous), Is.EqualTo(((EntryList?)null, (Entry?)null, (Entry?)null)));
                }
                else if (operation == 1)
                {
                    var entry = Entries.Make(rows: size, bytes: 3 * size);
                    model.Insert(0, entry);
                    list.AddFirst(entry);
                }
                else
                {
                    var entry = Entries.Make(rows: size, bytes: 3 * size);
                    model.Add(entry);
                    list.AddLast(entry);
                }

                Assert.That(Walk(list), Is.EqualTo(model));
                Assert.That((list.Count, list.Rows, list.Bytes), Is.EqualTo((model.Count, model.Sum(e => e.Rows), model.Sum(e => e.Bytes))));
            }
        });
    }

    private static IEnumerable<Entry> Walk(EntryList list)
    {
        for (var entry = list.First; entry is not null; entry = entry.Next)
            yield return entry;
    }
}
