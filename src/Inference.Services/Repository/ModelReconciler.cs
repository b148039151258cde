using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Pipelines;

namespace Inference.Services.Repository;

/// <summary>
/// Brings one model to what it should be, step by step as <see cref="ModelPlan"/> says: each change of the wish and each end of
/// a load or unload plans anew. Requests never wait for its lock. Thread-safe.
/// </summary>
internal sealed class ModelReconciler(string name, ReconcilerContext context)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, VersionSlot> _slots = [];
    private readonly HashSet<PipelineEntry> _replaced = [];
    private readonly ChangeSignal _changed = new();
    private readonly ModelPublication _publication = new(name, context);
    private ModelWish _wish;
    private bool _isStopped;

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
                    return [.. wanted.Where(s => s?.Tried.Length > 0).Select(s => s!.Failure)];
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

    /// <summary>Takes no further steps.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            _changed.Raise();
        }
    }

    private void Step()
    {
        if (_isStopped)
            return;
        var routes = _publication.Routes(_wish.Stored, _slots);
        var target = _wish.Target(routes.Held);
        foreach (var step in ModelPlan.Next(target, [.. _slots.Values.Select(s => s.Status)]))
            Take(step);
        foreach (var version in target.Listed.Where(v => !_slots.ContainsKey(v)))
            List(version);
        foreach (var slot in target.Versions.Where(v => _slots[v.Version].Settle(v.Stamp)).Select(v => _slots[v.Version]))
            context.Changed(slot.Visible);
        _publication.Publish(_wish.Stored, _slots, routes);
        _changed.Raise();
    }

    private void Take(VersionStep step)
    {
        switch (step.Kind)
        {
            case VersionStepKind.Load:
                Load(step.Version);
                break;
            case VersionStepKind.Unload:
                Drain(_slots[step.Version].Visible);
                break;
            default:
                _slots.Remove(step.Version);
                context.Forgotten(new PipelineKey(name, step.Version));
                break;
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

    private void Load(long version)
    {
        var stored = _wish.Stored!.Versions.First(v => v.Version == version);
        var load = new PlannedLoad(new PipelineEntry(new PipelineKey(name, version)), stored, _wish.StampOf(stored), _wish.Revision);
        if (!_slots.TryGetValue(version, out var slot))
            slot = _slots[version] = new VersionSlot(load.Entry);
        else if (slot.Begin(load.Entry) is { } draining)
            _replaced.Add(draining);
        slot.Next = load.Entry;
        if (slot.Visible == load.Entry)
            context.Changed(load.Entry);
        else
            context.Reloading(load.Entry.Key);
        context.Loads.Add(() => RunAsync(slot, load));
    }

    private async Task RunAsync(VersionSlot slot, PlannedLoad load)
    {
        try
        {
            var earlier = slot.Visible.Attachment as PipelineObserver;
            var outcome = await context.Loader.RunAsync(load.Entry, load.Stored, earlier, () => Tell(slot, load.Entry), context.Stop).ConfigureAwait(false);
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
        lock (_lock)
        {
            (slot.Next, slot.Done) = (null, load.Revision);
            if (outcome.Pipeline is not null && !_isStopped)
                isWanted = _wish.Wants(entry.Key.Version);
            if (outcome.Pipeline is not null && isWanted)
                Replace(slot, entry, load.Stamp);
            else if (outcome.Pipeline is not null || outcome.IsGivenUp)
                entry.Abandon();
            else if (slot.Fail(entry, outcome.Reason, load.Stamp))
                context.ReloadFailed(entry.Key);
            if (slot.Visible == entry)
                context.Changed(entry);
            Step();
        }

        // Unloaded or deleted while it was being loaded.
        if (!isWanted && outcome.Pipeline is { } pipeline)
            await context.DropAsync(entry, pipeline).ConfigureAwait(false);
    }

    private void Replace(VersionSlot slot, PipelineEntry entry, string stamp)
    {
        var old = slot.Serve(entry, stamp);
        if (old == entry)
            return;

        // Requests must find the new before the old takes no more of them.
        _publication.Publish(_wish.Stored, _slots, _publication.Routes(_wish.Stored, _slots));
        context.Changed(entry);
        context.Reloaded(entry.Key);
        if (_replaced.Add(old))
            Drain(old);
    }

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
