using Inference.Domain;

namespace Inference.Services.Tests.Life;

/// <summary>What must hold after each event, whatever happened.</summary>
internal sealed class LifeRules(LifeWorld world)
{
    private readonly Dictionary<LifeAsk, bool> _mayMiss = [];
    private LifeView _before = LifeView.Of(world);

    /// <summary>Compares with how it was at the last check.</summary>
    public void Check()
    {
        world.Measure();
        var now = LifeView.Of(world);
        Require(world.Faults.Count == 0, $"the server failed: {string.Join('\n', world.Faults)}");
        Require(world.Transitions.Wrong.Count == 0, string.Join(", ", world.Transitions.Wrong));
        foreach (var ready in _before.Versions.Where(v => v.IsReady))
            CheckServed(ready, now);
        CheckMemory(now);
        foreach (var ask in world.Asks)
            CheckAsk(ask, now);
        _before = now;
    }

    /// <summary>Throws where something that must be is not.</summary>
    public static void Require(bool isSo, string broken)
    {
        if (!isSo)
            throw new InvalidOperationException(broken);
    }

    /// <summary>
    /// A version need not make room: it is pinned, has nothing that it could come back from, is only there because its successor is
    /// not, or is about to be exchanged.
    /// </summary>
    public bool MayStay(LifeVersion version, LifeView now) =>
        now.Wish(version.Key)!.IsPinned || version.Remark.Length > 0 || !now.Wants(version.Key) || now.Loading.Contains(version.Key.Describe()) || world.Asks.Any(a => a.IsWaiting && a.Model == version.Key.Name);

    private void CheckServed(LifeVersion ready, LifeView now)
    {
        var wish = now.Wish(ready.Key);
        if (wish is not { Exists: true })
            return;
        var isThere = now.Find(ready.Key);
        Require(now.Versions.Any(v => v.Key.Name == ready.Key.Name && v.IsServable), $"{ready} served, and now nothing of its model does");
        if (!now.Wants(ready.Key))
        {
            Require(isThere is { IsServable: true } || wish.Versions.Any(v => now.Find(new(wish.Model, v.Version)) is { IsServable: true }), $"{ready} was unloaded before what takes its place served");
            return;
        }

        Require(isThere is { IsServable: true }, $"{ready} served, is wanted, and is now {isThere}");
        if (wish.IsPinned && _before.Wish(ready.Key)!.IsPinned)
            Require(isThere!.IsReady, $"{ready} is pinned, and is now {isThere}");
        if (!world.IsExplicit && ready.Executor!.Content == wish.Find(ready.Key.Version)!.Manifest.ModelFile && _before.Wish(ready.Key)!.Find(ready.Key.Version)?.Stamp == wish.Find(ready.Key.Version)!.Stamp)
            Require(!isThere!.IsReady || isThere.Entry == ready.Entry || _before.Loading.Contains(ready.Key.Describe()), $"{ready} was loaded again, though nothing of it changed");
    }

    private void CheckMemory(LifeView now)
    {
        var leased = world.Asks.Where(a => a.HasLease).Select(a => a.Executor).ToHashSet();
        foreach (var executor in world.Runtime.Executors)
        {
            Require(executor.Disposals <= 1, $"{executor.Label} was freed twice");
            Require(executor.Disposals == 0 || !leased.Contains(executor), $"{executor.Label} was freed while a request uses it");
        }

        var served = now.Versions.Where(v => v.IsReady).ToList();
        foreach (var executor in world.Runtime.Alive.Where(e => !leased.Contains(e)))
            Require(served.Any(v => v.Executor == executor), $"{executor.Label} ({executor.Content}) stays in memory, though nothing leads to it");
        foreach (var version in served)
            Require(version.Executor!.Disposals == 0 && version.Executor.Label == version.Key.Describe(), $"{version} is not what it says");
        var held = world.Runtime.Alive.Sum(e => e.MemoryBytes);
        if (world.Budget == 0 || held <= world.Budget)
            return;
        foreach (var version in served.Where(v => !leased.Contains(v.Executor!)))
            Require(MayStay(version, now), $"{held} bytes are held where {world.Budget} may be, and {version} could have gone");
    }

    private void CheckAsk(LifeAsk ask, LifeView now)
    {
        var versions = now.Versions.Where(v => v.Key.Name == ask.Model && (!long.TryParse(ask.Version, out _) || v.Key.VersionText == ask.Version)).ToList();
        if (!_mayMiss.TryGetValue(ask, out var mayMiss))
        {
            // The request came after the last check, so that what it met is what was seen then.
            var met = _before.Versions.FirstOrDefault(v => v.Key.Name == ask.Model && v.Key.VersionText == ask.Version);
            mayMiss = met is not { IsServable: true };
            if (met is { IsReady: true })
                Require(ask.HasLease && ask.Executor == met.Executor, $"the request for {met} was not answered by it at once");
        }

        _mayMiss[ask] = mayMiss |= !now.Wants(new(ask.Model, long.TryParse(ask.Version, out var number) ? number : 0));
        if (ask.HasLease)
            Require(ask.Executor.Label.StartsWith($"model '{ask.Model}' version {(number > 0 ? ask.Version : string.Empty)}", StringComparison.Ordinal), $"the request {ask} got {ask.Executor.Label}");
        if (!ask.Lease.IsFaulted || mayMiss)
            return;
        Require(ask.Error is not null, $"the request {ask} failed in the server: {ask.Lease.Exception}");
        Require(
            ask.Error!.Code is ErrorCode.LoadFailed or ErrorCode.ShuttingDown || (ask.Error.Code == ErrorCode.Overloaded && (world.Budget > 0 || ask.Error.Message.Contains("MaxWaitingRequests", StringComparison.Ordinal))),
            $"the request {ask} was for what can be served throughout, and got {ask.Error.Code}: {ask.Error.Message}; {string.Join(' ', versions)}");
        _mayMiss[ask] = true;
    }
}
