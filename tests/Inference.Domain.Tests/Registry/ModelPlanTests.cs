using System.Collections.Immutable;
using CsCheck;
using Inference.Domain.Registry;

namespace Inference.Domain.Tests.Registry;

internal sealed class ModelPlanTests
{
    private static readonly Gen<ImmutableArray<VersionTarget>> Versions =
        Gen.Select(Gen.Long[1, 4], Gen.Const("abc").Select(Gen.Int[0, 2], (s, i) => s[i].ToString()))
            .Array[0, 4]
            .Select(a => a.DistinctBy(v => v.Item1).Select(v => new VersionTarget(v.Item1, v.Item2)).ToImmutableArray());

    private static IEnumerable<TestCaseData> Table()
    {
        var none = Array.Empty<VersionStatus>();
        yield return Case("New", Target("1a"), none, "Load 1");
        yield return Case("Same", Target("1a"), [Ready(1, "a")], "");
        yield return Case("OtherContent", Target("1b"), [Ready(1, "a")], "Load 1");
        yield return Case("OtherContentLoading", Target("1b"), [Ready(1, "a") with { IsLoading = true }], "");
        yield return Case("OtherContentFailed", Target("1b"), [Ready(1, "a") with { Tried = "b" }], "");
        yield return Case("FailedSameContent", Target("1a"), [Failed(1, "a")], "");
        yield return Case("FailedOtherContent", Target("1b"), [Failed(1, "a")], "Load 1");
        yield return Case("SuccessorIsLoadedFirst", Target("2a"), [Ready(1, "a")], "Load 2");
        yield return Case("SuccessorLoading", Target("2a"), [Ready(1, "a"), new VersionStatus(2, PipelineState.Loading, "", "", IsLoading: true)], "");
        yield return Case("SuccessorServes", Target("2a"), [Ready(1, "a"), Ready(2, "a")], "Unload 1");
        yield return Case("SuccessorFailed", Target("2a"), [Ready(1, "a"), Failed(2, "a")], "");
        yield return Case("HeldByARoute", Target("2a") with { Held = [1] }, [Ready(1, "a"), Ready(2, "a")], "");
        yield return Case("Gone", ModelTarget.Gone, [Ready(1, "a"), Failed(2, "a")], "Unload 1, Forget 2");
        yield return Case("GoneWhileLoading", ModelTarget.Gone, [new VersionStatus(1, PipelineState.Loading, "", "", IsLoading: true)], "");
        yield return Case("UnloadedAndListed", ModelTarget.Gone with { Listed = [1] }, [Unloaded(1)], "");
        yield return Case("UnloadedAndNotListed", ModelTarget.Gone, [Unloaded(1)], "Forget 1");
        yield return Case("UnloadedAndWanted", Target("1a"), [Unloaded(1)], "Load 1");
        yield return Case("LazyNew", Lazy("1a"), none, "Sleep 1");
        yield return Case("LazyAsleep", Lazy("1a"), [Dormant(1)], "");
        yield return Case("LazyDemanded", Lazy("1a"), [Dormant(1) with { IsDemanded = true }], "Load 1");
        yield return Case("LazyDemandedIsLoading", Lazy("1a"), [Dormant(1) with { IsDemanded = true, IsLoading = true }], "");
        yield return Case("LazyInMemory", Lazy("1a"), [Ready(1, "a")], "");
        yield return Case("LazyInMemoryOtherContent", Lazy("1b"), [Ready(1, "a")], "Load 1");
        yield return Case("LazyFailedSameContent", Lazy("1a"), [Failed(1, "a")], "");
        yield return Case("LazyFailedDemanded", Lazy("1a"), [Failed(1, "a") with { IsDemanded = true }], "Load 1");
        yield return Case("LazyFailedOtherContent", Lazy("1b"), [Failed(1, "a")], "Sleep 1");
        yield return Case("LazyUnloadedAndWanted", Lazy("1a"), [Unloaded(1)], "Sleep 1");
        yield return Case("LazySuccessorOfOneInMemoryIsLoadedFirst", Lazy("2a"), [Ready(1, "a")], "Load 2");
        yield return Case("LazySuccessorOfOneAsleep", Lazy("2a"), [Dormant(1)], "Sleep 2");
        yield return Case("LazySuccessorIsThere", Lazy("2a"), [Dormant(1), Dormant(2)], "Unload 1");
        yield return Case("AsleepAndEager", Target("1a"), [Dormant(1)], "Load 1");
        yield return Case("EvictedAndEager", Target("1a"), [Dormant(1) with { IsEvicted = true }], "");
        yield return Case("EvictedDemanded", Target("1a"), [Dormant(1) with { IsEvicted = true, IsDemanded = true }], "Load 1");
        yield return Case("EvictedFailedOtherContent", Target("1b"), [Failed(1, "a") with { IsEvicted = true }], "Sleep 1");
        yield return Case("AsleepAndGone", ModelTarget.Gone, [Dormant(1)], "Unload 1");
        yield return Case("AsleepAndHeldByARoute", Target("2a") with { Held = [1] }, [Dormant(1), Ready(2, "a")], "");
        yield return Case("PolicyTakesNone", new ModelTarget(true, [], [], []), [Ready(1, "a")], "");
    }

    [TestCaseSource(nameof(Table))]
    public void Next_Situation_IsTheTables(ModelTarget target, VersionStatus[] actual, string expected) =>
        Assert.That(string.Join(", ", ModelPlan.Next(target, actual).Select(s => $"{s.Kind} {s.Version}")), Is.EqualTo(expected));

    // Whatever comes in whatever order: it comes to rest, and what serves is never given up before something wanted serves.
    [Test]
    public void Next_TargetsThatChangeWhileLoadsSucceedOrFail_NeverLeavesNothingServing() =>
        Gen.Select(Versions.Array[1, 4], Gen.Bool.Array[64], Gen.Int[1, 5]).Sample((targets, succeeds, patience) =>
        {
            var model = new Dictionary<long, VersionStatus>();
            var outcome = 0;
            var served = false;
            foreach (var versions in targets.Where(t => !t.IsEmpty))
            {
                var target = new ModelTarget(true, versions, [], [.. versions.Select(v => v.Version)]);
                var isLast = versions == targets.Last(t => !t.IsEmpty);
                for (var round = 0; isLast || round < patience; round++)
                {
                    var steps = ModelPlan.Next(target, [.. model.Values]);
                    if (steps.IsEmpty && !model.Values.Any(v => v.IsLoading))
                        break;
                    if (round > 100)
                        return false;
                    foreach (var step in steps)
                        Apply(model, step);
                    if (model.Values.FirstOrDefault(v => v.IsLoading) is { Version: > 0 } loading)
                        End(model, loading, target, succeeds[outcome++ % succeeds.Length]);
                    served |= model.Values.Any(v => v.State == PipelineState.Ready);
                    if (served && !model.Values.Any(v => v.State == PipelineState.Ready))
                        return false;
                }
            }

            return true;
        });

    private static void Apply(Dictionary<long, VersionStatus> model, VersionStep step)
    {
        if (step.Kind == VersionStepKind.Forget)
            model.Remove(step.Version);
        else if (step.Kind == VersionStepKind.Unload)
            model[step.Version] = Unloaded(step.Version);
        else
            model[step.Version] = model.GetValueOrDefault(step.Version, new VersionStatus(step.Version, PipelineState.Loading, "", "", false)) with { IsLoading = true };
    }

    private static void End(Dictionary<long, VersionStatus> model, VersionStatus loading, ModelTarget target, bool succeeded)
    {
        var stamp = target.Versions.FirstOrDefault(v => v.Version == loading.Version).Stamp ?? "gone";
        if (succeeded)
            model[loading.Version] = Ready(loading.Version, stamp);
        else if (loading.State == PipelineState.Ready)
            model[loading.Version] = loading with { IsLoading = false, Tried = stamp };
        else
            model[loading.Version] = Failed(loading.Version, stamp);
    }

    private static VersionStatus Ready(long version, string stamp) => new(version, PipelineState.Ready, stamp, string.Empty, IsLoading: false);

    private static VersionStatus Failed(long version, string tried) => new(version, PipelineState.Failed, string.Empty, tried, IsLoading: false);

    private static VersionStatus Dormant(long version) => new(version, PipelineState.Dormant, string.Empty, string.Empty, IsLoading: false);

    private static VersionStatus Unloaded(long version) => new(version, PipelineState.Unloaded, string.Empty, string.Empty, IsLoading: false);

    private static ModelTarget Target(string version) => new(true, [new VersionTarget(version[0] - '0', version[1..])], [], [version[0] - '0']);

    private static ModelTarget Lazy(string version) => new(true, [new VersionTarget(version[0] - '0', version[1..]) { IsLazy = true }], [], [version[0] - '0']);

    private static TestCaseData Case(string name, ModelTarget target, VersionStatus[] actual, string expected) =>
        new TestCaseData(target, actual, expected).SetArgDisplayNames(name);
}
