using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Domain.Routing;
using Inference.Services.Cache;
using Inference.Services.Pipelines;

namespace Inference.Services.Repository;

/// <summary>
/// Brings one model to what it should be, step by step as <see cref="ModelPlan"/> says: each change of the wish and each end of
/// a load or unload plans anew. Requests never wait for its lock. Thread-safe.
/// </summary>
internal sealed partial class ModelReconciler(string name, ReconcilerContext context)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, VersionSlot> _slots = [];
    private readonly HashSet<PipelineEntry> _replaced = [];
    private readonly ChangeSignal _changed = new();
    private readonly ModelPublication _publication = new(name, context);
    private ModelWish _wish;
    private bool _isStopped;
    private bool _isClosed;

    /// <summary>What holds resources now: what serves, what drains, and what was replaced and is still in use.</summary>
    public IReadOnlyList<PipelineEntry> Live
    {
        get
        {
            lock (_lock)
                return [.. _slots.Values.Select(s => s.Visible).Where(e => e.State is PipelineState.Ready or PipelineState.Draining), .. _replaced];
        }
    }

    /// <summary>
    /// Sets what the model should be, and takes the first steps. Of calls that come at the same time the one with the highest
    /// revision counts, in whichever order they get here: a wish that went back to a lower one would never get its callers
    /// to the revision that they wait for.
    /// </summary>
    /// <param name="wish">What it should be; without a revision of its own it keeps the one before.</param>
    /// <param name="unlessWanted">Changes nothing where the model is to be served already.</param>
    public void Set(ModelWish wish, bool unlessWanted = false)
    {
        lock (_lock)
        {
            if (wish.Revision == ModelWish.SameRevision)
                wish = wish with { Revision = _wish.Revision };
            if (wish.Revision < _wish.Revision)
                return;
            if ((unlessWanted && _wish.IsWanted) || wish.IsSameAs(_wish))
                return;
            _wish = wish;
            IsPinned = wish.Stored?.Manifest.IsPinned == true;
            Step();
        }
    }

    /// <summary>Waits until every wanted version has been loaded, well or badly, at that revision or a later one.</summary>
    /// <returns>Why versions failed.</returns>
    /// <exception cref="InferenceException">ShuttingDown; NotReady where somebody unloaded it meanwhile.</exception>
    public async Task<IReadOnlyList<string>> WaitAsync(long revision, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_isStopped)
                    throw new InferenceException(ErrorCode.ShuttingDown, $"the server stops, so that model {ErrorText.Quote(name)} is not loaded; send the call to another one.");
                if (!_wish.IsWanted)
                    throw new InferenceException(ErrorCode.NotReady, $"model {ErrorText.Quote(name)} was unloaded by another call while it was being loaded; load it again.");
                var wanted = _wish.Target([]).Versions.Select(v => _slots.GetValueOrDefault(v.Version)).ToList();
                if (wanted.All(s => s is not null && s.Done >= revision))
                    return [.. wanted.Where(s => s is { Tried.Length: > 0 } or { Refusal.Length: > 0 }).Select(s => s!.Failure)];
                changed = _changed.Next;
            }

            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until nothing of the model holds resources but what requests use.</summary>
    public async Task WaitUnusedAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_isStopped || _wish.IsWanted || !Live.Any(e => e.IsUnused))
                    return;
                changed = _changed.Next;
            }

            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes no further steps, but loads for requests: those that came before the server stops are still answered.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            _changed.Raise();
        }
    }

    /// <summary>Loads nothing for requests any more.</summary>
    public void Close()
    {
        lock (_lock)
            _isClosed = true;
    }

    private void Step()
    {
        RoutePlan routes;
        ModelTarget target;
        bool again;
        do
        {
            again = false;
            routes = _publication.Routes(_wish.Stored, _slots);
            target = _wish.Target(routes.Held, _wish.Stored is { } stored && context.Cache.IsLazy(stored.Manifest));
            foreach (var step in ModelPlan.Next(target, [.. _slots.Values.Select(s => s.Status(_wish.Revision))]).Where(MayTake))
                again |= Take(step);
        }
        while (again);
        if (!_isStopped)
        {
            foreach (var version in target.Listed.Where(v => !_slots.ContainsKey(v)))
                List(version);
            foreach (var wanted in target.Versions)
                Settle(_slots[wanted.Version], wanted.Stamp);
        }

        _publication.Publish(_wish.Stored, _slots, routes);
        _changed.Raise();
    }

    // Once the server stops, only what requests wait for.
    private bool MayTake(VersionStep step) =>
        !_isStopped || (!_isClosed && step.Kind == VersionStepKind.Load && _slots.GetValueOrDefault(step.Version)?.Room is not null);

    private void Settle(VersionSlot slot, string stamp)
    {
        if (slot.Settle(stamp))
            context.Changed(slot.Visible);
        if (slot.Visible.State == PipelineState.Dormant && slot.Need(stamp, -1) < 0 && slot.Visible.Attachment is PipelineObserver observer)
            observer.Description = null;
    }

    // True where it has been taken at once, so that there may be more to plan.
    private bool Take(VersionStep step)
    {
        switch (step.Kind)
        {
            case VersionStepKind.Load:
                return !Load(step.Version);
            case VersionStepKind.Sleep:
                Sleep(step.Version, isEvicted: false);
                return true;
            case VersionStepKind.Unload when _slots[step.Version].Visible is { State: PipelineState.Dormant } dormant:
                dormant.Abandon();
                context.Changed(dormant);
                return true;
            case VersionStepKind.Unload:
                Drain(_slots[step.Version].Visible);
                return false;
            default:
                _slots.Remove(step.Version);
                context.Forgotten(new PipelineKey(name, step.Version));
                return false;
        }
    }

    // Known, but not loaded.
    private void List(long version)
    {
        var entry = new PipelineEntry(new PipelineKey(name, version));
        entry.Abandon();
        _slots[version] = new VersionSlot(entry);
        context.Changed(entry);
    }

    // False where it only waits for a request, since there is no room.
    private bool Load(long version)
    {
        var stored = _wish.Stored!.Versions.First(v => v.Version == version);
        var slot = _slots.GetValueOrDefault(version);
        if (RoomFor(slot, stored, out var isDemanded) is not { } room)
        {
            if (slot is null || slot.Visible.State != PipelineState.Dormant)
                slot = Sleep(version, isEvicted: true);
            slot.IsEvicted = true;
            if (isDemanded)
                Bring(slot, version);
            return false;
        }

        var entry = slot?.Visible is { State: PipelineState.Dormant } dormant ? dormant : new PipelineEntry(new PipelineKey(name, version), isDemanded || IsLazy ? this : null);
        var load = new PlannedLoad(entry, stored, _wish.StampOf(stored), _wish.Revision, room);
        if (entry.State == PipelineState.Dormant)
            entry.Wake();
        if (slot is null)
            slot = _slots[version] = new VersionSlot(entry);
        else if (slot.Begin(entry) is { } draining)
            _replaced.Add(draining);
        slot.Next = entry;
        if (slot.Visible == entry)
            context.Changed(entry);
        else
            context.Reloading(entry.Key);
        Add(isDemanded ? context.DemandedLoads : context.Loads, slot, load);
        return true;
    }

    private async Task RunAsync(VersionSlot slot, PlannedLoad load)
    {
        try
        {
            var earlier = slot.Visible.Attachment as PipelineObserver;
            var stop = slot.Pending is null ? context.Stop : context.StopDemanded;

            // What a call loads, maybe with a configuration of its own, is that and nothing later.
            var mayFollow = load.Revision == ModelWish.SameRevision;
            var outcome = await context.Loader.RunAsync(load.Entry, load.Stored, earlier, mayFollow, () => Tell(slot, load.Entry), stop).ConfigureAwait(false);
            if (outcome.Pipeline is { } pipeline && !IsPinned && context.Cache.TooLarge(pipeline.Model.Executor.MemoryBytes) is { } tooLarge)
            {
                lock (_lock)
                    Measured(slot, load, pipeline.Model.Executor.MemoryBytes);
                outcome = await context.Loader.RefuseAsync(load.Entry, pipeline, tooLarge).ConfigureAwait(false);
            }

            await EndAsync(slot, load, outcome).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // On a thread of the queue's own, where it would end the process.
            context.Broke(load.Entry.Key, e);
        }
    }

    private void Tell(VersionSlot slot, PipelineEntry entry)
    {
        lock (_lock)
        {
            if (slot.Visible == entry)
                context.Changed(entry);
        }
    }

    private async Task EndAsync(VersionSlot slot, PlannedLoad load, LoadOutcome outcome)
    {
        var entry = load.Entry;
        var isWanted = true;
        PendingLoad? pending;
        PipelineLease? hold = null;
        lock (_lock)
        {
            (slot.Next, slot.Done) = (null, load.Revision);
            (pending, slot.Pending) = (slot.Pending, null);
            if (outcome.Pipeline is not null)
                isWanted = !_isClosed && (_isStopped || _wish.Wants(entry.Key.Version));
            if (outcome.Pipeline is { } pipeline && isWanted)
            {
                var bytes = pipeline.Model.Executor.MemoryBytes;
                Measured(slot, load, bytes);
                context.Cache.Settle(load.Room, entry, this, bytes);
                Replace(slot, entry, load.Stamp);

                // Before anybody can evict it.
                if (pending is { HasWaiting: true } && entry.TryAcquire(out var lease))
                    hold = lease;
            }
            else
            {
                context.Cache.GiveBack(load.Room);
                if (outcome.Pipeline is not null || outcome.IsGivenUp)
                    entry.Abandon();
                else if (slot.Fail(entry, outcome, load.Stamp, context.Time))
                    context.ReloadFailed(entry.Key);
            }

            if (slot.Visible == entry)
                context.Changed(entry);
            Step();
        }

        pending?.End(hold, outcome.IsGivenUp || (_isClosed && outcome.Pipeline is not null) ? Stopping : null);

        // Unloaded or deleted while it was being loaded.
        if (!isWanted && outcome.Pipeline is { } unwanted)
            await context.DropAsync(entry, unwanted).ConfigureAwait(false);
    }

    private void Replace(VersionSlot slot, PipelineEntry entry, string stamp)
    {
        var old = slot.Serve(entry, stamp);
        if (old == entry)
            return;

        // Requests must find the new before the old takes no more of them.
        Publish();
        context.Changed(entry);
        context.Reloaded(entry.Key);
        if (_replaced.Add(old))
            Drain(old);
    }

    private void Publish() => _publication.Publish(_wish.Stored, _slots, _publication.Routes(_wish.Stored, _slots));

    private void Drain(PipelineEntry entry)
    {
        var unloading = entry.UnloadAsync(CancellationToken.None);
        if (_slots.GetValueOrDefault(entry.Key.Version)?.Visible == entry && !unloading.IsCompleted)
            context.Changed(entry);

        // On another thread, since it takes the lock.
        _ = Task.Run(() => DrainedAsync(entry, unloading));
    }

    private async Task DrainedAsync(PipelineEntry entry, Task unloading)
    {
        await context.FreedAsync(entry, unloading).ConfigureAwait(false);
        lock (_lock)
        {
            if (!_replaced.Remove(entry) && _slots.TryGetValue(entry.Key.Version, out var slot) && slot.Visible == entry)
            {
                slot.Stamp = string.Empty;
                context.Changed(entry);
            }

            Step();
        }
    }
}
