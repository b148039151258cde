using CsCheck;
using Inference.Domain.Residence;

namespace Inference.Domain.Tests.Residence;

internal sealed class EvictionPolicyTests
{
    private const long Now = 100;

    private static readonly Gen<ResidentPipeline[]> Residents =
        Gen.Select(Gen.Long[1, 50], Gen.Long[0, Now], Gen.Long[0, 2 * Now], Gen.Bool).Array[0, 12]
            .Select(a => a.Select((r, i) => new ResidentPipeline(i, r.Item1, r.Item2, r.Item3, r.Item4)).ToArray());

    private static IEnumerable<TestCaseData> Table()
    {
        yield return Case("NothingNeeded", 0, true, [Idle(10, 1)], "");
        yield return Case("TheLeastRecentlyUsedGoes", 5, true, [Idle(10, 2), Idle(10, 1), Idle(10, 3)], "1");
        yield return Case("AsManyAsNeeded", 15, true, [Idle(10, 2), Idle(10, 1), Idle(10, 3)], "1 0");
        yield return Case("InUseOrPinnedStays", 5, true, [Idle(10, 1) with { MayGo = false }, Idle(10, 2)], "1");
        yield return Case("AllInUse", 5, true, [Idle(10, 1) with { MayGo = false }], "");
        yield return Case("NotEnough", 50, true, [Idle(10, 2), Idle(10, 1)], "1 0");
        yield return Case("ReturnedIsSpared", 5, true, [Idle(10, 1) with { StaysUntil = Now + 1 }, Idle(10, 2)], "1");
        yield return Case("OnlyReturnedOnes", 5, true, [Idle(10, 1) with { StaysUntil = Now + 1 }], "");
        yield return Case("ReturnedLongAgo", 5, true, [Idle(10, 1) with { StaysUntil = Now }, Idle(10, 2)], "0");
        yield return Case("SparedNoMore", 5, false, [Idle(10, 1) with { StaysUntil = Now + 1 }], "0");
        yield return Case("SparedNoMoreGoLast", 15, false, [Idle(10, 1) with { StaysUntil = Now + 1 }, Idle(10, 2), Idle(10, 3)], "1 2");
    }

    [TestCaseSource(nameof(Table))]
    public void Choose_Situation_IsTheTables(long needed, bool spares, ResidentPipeline[] residents, string expected)
    {
        for (var i = 0; i < residents.Length; i++)
            residents[i] = residents[i] with { Id = i };

        Assert.That(string.Join(' ', EvictionPolicy.Choose(residents, needed, Now, spares)), Is.EqualTo(expected));
    }

    [Test]
    public void Choose_AnyResidents_TakesOnlyThoseThatMayAndNoMoreThanNeeded() =>
        Gen.Select(Residents, Gen.Long[0, 200], Gen.Bool).Sample((residents, needed, spares) =>
        {
            var chosen = EvictionPolicy.Choose(residents, needed, Now, spares);
            var freed = chosen.Sum(i => residents[i].Bytes);
            var mayGo = residents.Where(r => r.MayGo && !(spares && r.StaysUntil > Now)).ToList();
            return chosen.Distinct().Count() == chosen.Length
                && chosen.All(i => mayGo.Contains(residents[i]))
                && (freed >= needed || chosen.Length == mayGo.Count)
                && (chosen.IsEmpty || freed - residents[chosen[^1]].Bytes < needed)
                && mayGo.Where(r => !chosen.Contains(r.Id)).All(stays => chosen.All(i => IsBefore(residents[i], stays)));
        });

    private static bool IsBefore(ResidentPipeline goes, ResidentPipeline stays) =>
        goes.StaysUntil > Now == stays.StaysUntil > Now ? goes.LastUse <= stays.LastUse : stays.StaysUntil > Now;

    private static ResidentPipeline Idle(long bytes, long lastUse) => new(0, bytes, lastUse, 0, MayGo: true);

    private static TestCaseData Case(string name, long needed, bool spares, ResidentPipeline[] residents, string expected) =>
        new TestCaseData(needed, spares, residents, expected).SetArgDisplayNames(name);
}
