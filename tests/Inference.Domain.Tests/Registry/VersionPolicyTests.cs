using CsCheck;
using Inference.Domain.Registry;

namespace Inference.Domain.Tests.Registry;

internal sealed class VersionPolicyTests
{
    private static readonly Gen<long[]> Stored = Gen.Long[1, 20].HashSet[0, 12].Select(s => s.ToArray());

    private static readonly Gen<VersionPolicy> Policies = Gen.OneOf(
        Gen.Const(VersionPolicy.All),
        Gen.Int[1, 15].Select(VersionPolicy.Latest),
        Gen.Long[1, 20].List[1, 6].Select(v => VersionPolicy.Specific(v)));

    private static IEnumerable<TestCaseData> Table()
    {
        yield return new TestCaseData(VersionPolicy.All, new long[] { 3, 1, 2 }).Returns(new long[] { 1, 2, 3 });
        yield return new TestCaseData(VersionPolicy.All, Array.Empty<long>()).Returns(Array.Empty<long>());
        yield return new TestCaseData(VersionPolicy.Latest(1), new long[] { 3, 10, 2 }).Returns(new long[] { 10 });
        yield return new TestCaseData(VersionPolicy.Latest(2), new long[] { 3, 10, 2 }).Returns(new long[] { 3, 10 });
        yield return new TestCaseData(VersionPolicy.Latest(9), new long[] { 3, 10, 2 }).Returns(new long[] { 2, 3, 10 });
        yield return new TestCaseData(VersionPolicy.Latest(int.MaxValue), new[] { long.MaxValue, 1 }).Returns(new[] { 1, long.MaxValue });
        yield return new TestCaseData(VersionPolicy.Specific([7, 2, 2]), new long[] { 3, 10, 2 }).Returns(new long[] { 2 });
        yield return new TestCaseData(VersionPolicy.Specific([5]), new long[] { 3, 10, 2 }).Returns(Array.Empty<long>());
    }

    [TestCaseSource(nameof(Table))]
    public IEnumerable<long> Select_Versions_GivesThoseToServe(VersionPolicy policy, long[] stored) => policy.Select(stored);

    [Test]
    public void Select_AnyPolicy_GivesStoredVersionsAscendingEachOnceWhateverTheirOrder() =>
        Gen.Select(Policies, Stored, Gen.Int[0, 1000]).Sample((policy, stored, seed) =>
        {
            var selected = policy.Select(stored);
            var shuffled = stored.ToArray();
            new Random(seed).Shuffle(shuffled);
            return selected.All(stored.Contains)
                && selected.SequenceEqual(selected.Distinct().Order())
                && selected.SequenceEqual(policy.Select(shuffled))
                && selected.SequenceEqual(policy.Select([.. selected]));
        });

    [Test]
    public void Select_Latest_LeavesOutNoneHigherThanOneThatItTakes() =>
        Gen.Select(Gen.Int[1, 15], Stored).Sample((count, stored) =>
        {
            var selected = VersionPolicy.Latest(count).Select(stored);
            return selected.Length == Math.Min(count, stored.Length)
                && stored.Except(selected).All(left => selected.All(taken => taken > left));
        });

    [Test]
    public void Equals_SamePolicies_AreEqualWhateverTheirOrder()
    {
        Assert.Multiple(() =>
        {
            Assert.That(VersionPolicy.Specific([2, 1]), Is.EqualTo(VersionPolicy.Specific([1, 2, 1])));
            Assert.That(VersionPolicy.Specific([2, 1]).GetHashCode(), Is.EqualTo(VersionPolicy.Specific([1, 2]).GetHashCode()));
            Assert.That(VersionPolicy.Latest(1), Is.Not.EqualTo(VersionPolicy.Latest(2)));
            Assert.That(VersionPolicy.Latest(1), Is.Not.EqualTo(VersionPolicy.Specific([1])));
            Assert.That(VersionPolicy.All, Is.Not.EqualTo(VersionPolicy.Latest(1)));
        });
    }

    [Test]
    public void Create_NothingToServe_Throws()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => VersionPolicy.Latest(0), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => VersionPolicy.Specific([]), Throws.ArgumentException);
            Assert.That(() => VersionPolicy.Specific([1, 0]), Throws.ArgumentException);
        });
    }

    [Test]
    public void ToString_Policy_IsAsManifestsWriteIt() =>
        Assert.That(
            new[] { VersionPolicy.All, VersionPolicy.Latest(2), VersionPolicy.Specific([3, 1]) }.Select(p => p.ToString()),
            Is.EqualTo(new[] { "all", "latest: 2", "specific: [1, 3]" }));
}
