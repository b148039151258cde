using Inference.Domain;
using Inference.Domain.Registry;

namespace Inference.Services.Tests.Life;

/// <summary>What must have become of it all once nothing happens any more.</summary>
internal static class LifeEnd
{
    /// <summary>It is what storage, or the last call, says.</summary>
    public static void CheckRest(LifeWorld world, LifeCase life)
    {
        var now = LifeView.Of(world);
        foreach (var wish in world.Wishes.Models)
        {
            var there = now.Versions.Where(v => v.Key.Name == wish.Model).ToList();
            LifeRules.Require(wish.Stored is not null || there.Count == 0, $"{wish.Model} is gone from storage, and there is still {string.Join(' ', there)}");
            if (wish is { Stored: { } stored, IsWanted: false })
                LifeRules.Require(there.Select(v => (v.Key.Version, v.State)).SequenceEqual(stored.Versions.Select(v => (v.Version, PipelineState.Unloaded))), $"{wish.Model} is only to be listed, and there is {string.Join(' ', there)}");
            foreach (var version in wish.Versions)
                CheckVersion(world, life, wish, version, now.Find(new PipelineKey(wish.Model, version.Version)));
            foreach (var unwanted in there.Where(v => wish.Exists && wish.Find(v.Key.Version) is null))
                LifeRules.Require(unwanted.IsServable && !HasSuccessor(wish, there), $"{unwanted} is not to be served, and something serves in its place");
        }
    }

    /// <summary>Everything that serves, or waits for a request, answers.</summary>
    public static void CheckAnswers(LifeWorld world, LifeRules rules)
    {
        // What failed may be tried again for a request by now.
        world.Wait(TimeSpan.FromMinutes(5));
        foreach (var (wish, version) in world.Wishes.Models.SelectMany(w => w.Versions.Select(v => (w, v))).ToList())
        {
            var before = LifeView.Of(world).Find(new PipelineKey(wish.Model, version.Version))!;
            var ask = world.Ask(wish.Model, $"{version.Version}");
            for (var i = 0; ask.IsWaiting && i < 20; i++)
            {
                world.Wait(TimeSpan.FromMilliseconds(500));
                world.End(0, LifeWorld.Size);
            }

            var isTooLarge = world.Wishes.LastEnd(before.Key, version) == false;
            var isRoomTaken = world.Budget > 0 && ask.Error?.Code == ErrorCode.Overloaded && (isTooLarge || LifeView.Of(world) is var now && now.Versions.Where(v => v.IsReady).All(v => rules.MayStay(v, now)));
            LifeRules.Require(
                ask.HasLease ? before.Remark.Length > 0 || ask.Executor.Content == version.Manifest.ModelFile : isRoomTaken || version.Problem.Length > 0 || before.State == PipelineState.Failed,
                $"the request for {before} ended with {(ask.HasLease ? ask.Executor.Content : ask.Error?.Message ?? "nothing")}; {string.Join(' ', LifeView.Of(world).Versions)}");
            rules.Check();
            world.Finish();
            rules.Check();
        }
    }

    /// <summary>The server stops: nothing is left, and nobody waits.</summary>
    public static void CheckStop(LifeWorld world)
    {
        world.StopFollowing();
        var stop = world.Service.UnloadAllAsync(CancellationToken.None);
        world.Finish(stop);
        stop.GetAwaiter().GetResult();
        world.Rest();
        var left = LifeView.Of(world).Versions.Where(v => v.State is not (PipelineState.Unloaded or PipelineState.Failed or PipelineState.Dormant)).ToList();
        LifeRules.Require(left.Count == 0, $"after the stop there is {string.Join(' ', left)}");
        LifeRules.Require(!world.Runtime.Alive.Any() && world.Runtime.Executors.All(e => e.Disposals == 1), "after the stop something is in memory, or was freed twice");
        LifeRules.Require(world.Budget == 0 || world.Cache.TryTake(world.Budget) is not null, "after the stop memory is set aside for loads that there are none of");
        for (var i = 0; i < 4; i++)
            world.Cache.Waits.Begin(new PipelineKey("after", 1), mayRefuse: true);
        LifeRules.Require(world.Faults.Count == 0, $"the server failed: {string.Join('\n', world.Faults)}");
    }

    private static void CheckVersion(LifeWorld world, LifeCase life, LifeWish wish, StoredVersion version, LifeVersion? there)
    {
        var last = world.Wishes.LastEnd(new PipelineKey(wish.Model, version.Version), version);
        var isLazy = wish.Stored!.Manifest.IsLazy ?? life.IsLazy;
        var isRight = there?.State switch
        {
            PipelineState.Ready => there.Executor!.Content == version.Manifest.ModelFile ? there.Remark.Length == 0 || last == false : there.Remark.Length > 0 && last == false,
            PipelineState.Failed => last == false,
            PipelineState.Dormant => isLazy || world.Budget > 0,
            _ => false,
        };
        LifeRules.Require(isRight, $"{wish.Model} version {version.Version} should be {version.Stamp}, whose last load {last switch { null => "has not been", true => "succeeded", _ => "failed" }}, and is {there}: {there?.Remark}{there?.Entry.Reason}");
    }

    // A route may lead to a version that does not serve, so that an earlier one is kept in its place.
    private static bool HasSuccessor(LifeWish wish, List<LifeVersion> there)
    {
        var manifest = wish.Stored!.Manifest;
        var targets = manifest.Labels.Values.Concat(manifest.DefaultRoute?.Version is { } version ? [version] : []);
        return wish.Versions.Any(v => Serves(v.Version)) && targets.All(Serves);

        bool Serves(long version) => there.Any(t => t.Key.Version == version && t.IsServable && wish.Find(version) is not null);
    }
}
