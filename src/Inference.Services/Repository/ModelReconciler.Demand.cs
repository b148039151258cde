using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Cache;

namespace Inference.Services.Repository;

/// <content>Loads for requests, and evictions.</content>
internal sealed partial class ModelReconciler : IPipelineDemand, IResidentOwner
{
    private volatile bool _isPinned;

    // Beyond its bytes in storage, when a version was last loaded; null before.
    private long? _overhead;

    /// <inheritdoc/>
    public bool IsPinned
    {
        get => _isPinned;
        private set => _isPinned = value;
    }

    private bool IsLazy => _wish.Stored is { } stored && context.Cache.IsLazy(stored.Manifest);

    /// <inheritdoc/>
    public IPipelineWait? Join(PipelineEntry entry, bool mayRefuse)
    {
        lock (_lock)
        {
            if (_isClosed)
                throw Stopping();
            var version = entry.Key.Version;
            if (!_slots.TryGetValue(version, out var slot) || !_wish.Wants(version) || (slot.Pending is null && !CanBring(slot)))
                return null;
            var begun = context.Cache.Waits.Begin(entry.Key, mayRefuse);
            var pending = slot.Pending ??= new PendingLoad();
            var wait = pending.Join(context.Cache.Waits, begun);
            if (slot.Next is null && !slot.IsBringing)
                Bring(slot, version);
            return wait;
        }
    }

    /// <inheritdoc/>
    public bool TryEvict(PipelineEntry entry)
    {
        lock (_lock)
        {
            var version = entry.Key.Version;
            if (!_slots.TryGetValue(version, out var slot) || slot.Visible != entry || slot.Next is not null || slot.IsBringing)
                return false;
            if (entry is not { State: PipelineState.Ready, IsUnused: true } || _isPinned || _isClosed || !_wish.Wants(version))
                return false;

            // Requests must find that it has to be loaded before it takes no more of them.
            _replaced.Add(entry);
            Sleep(version, isEvicted: true);
            Publish();
            Drain(entry);
            return true;
        }
    }

    private InferenceException Stopping() =>
        new(ErrorCode.ShuttingDown, $"the server stops, so that model {ErrorText.Quote(name)} is not loaded; send the request to another one.");

    // Something is being loaded already that requests did not wait for, or a request may begin it.
    private bool CanBring(VersionSlot slot) => slot.Visible.State switch
    {
        PipelineState.Dormant => true,
        PipelineState.Failed => context.Time.GetTimestamp() >= slot.RetryAt,
        PipelineState.Loading or PipelineState.WarmingUp => slot.Next == slot.Visible,
        _ => false,
    };

    private VersionSlot Sleep(long version, bool isEvicted)
    {
        var entry = new PipelineEntry(new PipelineKey(name, version), this, isDormant: true);
        if (!_slots.TryGetValue(version, out var slot))
            slot = _slots[version] = new VersionSlot(entry);
        if (slot.Sleep(entry, isEvicted) is { } draining)
            _replaced.Add(draining);
        context.Changed(entry);
        return slot;
    }

    // What serves is kept until what takes its place is there, whatever room that takes, and what is pinned is loaded in any case;
    // other loads ahead of requests evict nobody.
    private Room? RoomFor(VersionSlot? slot, StoredVersion stored, out bool isDemanded)
    {
        isDemanded = slot?.Room is not null;
        if (slot?.TakeRoom() is { } made)
            return made;
        var need = NeedOf(slot, stored);
        if (slot?.Visible.State == PipelineState.Ready || _slots.Values.Any(s => s.Visible.State == PipelineState.Ready && !_wish.Wants(s.Visible.Key.Version)))
            return context.Cache.Take(need);
        if (context.Cache.TryTake(need) is { } free)
            return free;
        if (_isPinned)
            return context.Cache.Take(need);
        isDemanded = slot?.IsCalled(_wish.Revision) ?? _wish.Revision > 0;
        return null;
    }

    private void Add(LoadQueue queue, VersionSlot slot, PlannedLoad load) =>
        queue.Add(() => RunAsync(slot, load), () => Dropped(slot, load, isLast: queue == context.DemandedLoads));

    // The server stops before the load began. Requests that wait for it are still answered, as long as any are.
    private void Dropped(VersionSlot slot, PlannedLoad load, bool isLast)
    {
        PendingLoad? pending;
        lock (_lock)
        {
            if (slot.Pending is not null && !_isClosed && !isLast)
            {
                Add(context.DemandedLoads, slot, load);
                return;
            }

            (pending, slot.Pending, slot.Next) = (slot.Pending, null, null);
            context.Cache.GiveBack(load.Room);
            load.Entry.Abandon();
            if (slot.Visible == load.Entry)
                context.Changed(load.Entry);
        }

        pending?.End(null, Stopping);
    }

    private void Measured(VersionSlot slot, PlannedLoad load, long bytes)
    {
        slot.Measured(load.Stamp, bytes);
        _overhead = Math.Max(0, bytes - load.Stored.Bytes);
        context.Cache.Learn(load.Stored.Bytes, bytes);
    }

    private long NeedOf(VersionSlot? slot, StoredVersion stored)
    {
        var guess = context.Cache.Expect(stored.Bytes, _overhead);
        return slot?.Need(_wish.StampOf(stored), guess) ?? guess;
    }

    private void Bring(VersionSlot slot, long version)
    {
        slot.IsBringing = true;
        var need = NeedOf(slot, _wish.Stored!.Versions.First(v => v.Version == version));

        // Evicting takes other models' locks. Not in the request's context either, which has a log scope and a trace of its own.
        ThreadPool.UnsafeQueueUserWorkItem(static load => _ = load.Models.BringAsync(load.Slot, load.Version, load.Need), (Models: this, Slot: slot, Version: version, Need: need), preferLocal: false);
    }

    private async Task BringAsync(VersionSlot slot, long version, long need)
    {
        var key = new PipelineKey(name, version);
        RoomOutcome outcome;
        try
        {
            outcome = await context.Cache.MakeRoomAsync(key, need, _isPinned, context.StopDemanded).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            outcome = new RoomOutcome(null, Stopping);
        }
        catch (Exception e)
        {
            context.Broke(key, e);
            outcome = new RoomOutcome(null, () => new InferenceException(ErrorCode.Internal, $"{key.Describe()}: the server failed while it made room for it; its log has the details."));
        }

        EndBringing(slot, outcome)?.End(null, outcome.Refusal);
    }

    // Who waits where no load was begun; else null, since they wait for its end.
    private PendingLoad? EndBringing(VersionSlot slot, in RoomOutcome outcome)
    {
        lock (_lock)
        {
            slot.IsBringing = false;
            if (outcome.Room is { } room)
                slot.Give(room);
            else if (slot.IsCalled(_wish.Revision))
                (slot.Done, slot.Refusal) = (_wish.Revision, outcome.Refusal!().Message);
            Step();
            if (slot.TakeRoom() is { } unused)
                context.Cache.GiveBack(unused);
            if (slot.Next is not null)
                return null;
            var pending = slot.Pending;
            slot.Pending = null;
            return pending;
        }
    }
}
