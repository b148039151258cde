using Inference.Domain.Registry;
using Inference.Domain.Residence;
using Inference.Services.Cache;

namespace Inference.Services.Repository;

/// <summary>What a reconciler knows of one version. Guarded by the reconciler's lock.</summary>
internal sealed class VersionSlot(PipelineEntry visible)
{
    private int _failures;
    private long _measured;
    private string _measuredStamp = string.Empty;

    /// <summary>What requests and the index see.</summary>
    public PipelineEntry Visible { get; private set; } = visible;

    /// <summary>What is being loaded: <see cref="Visible"/> itself, or what will replace it; null where nothing is.</summary>
    public PipelineEntry? Next { get; set; }

    /// <summary>Content of what serves; empty where nothing does.</summary>
    public string Stamp { get; set; } = string.Empty;

    /// <summary>Content whose last load failed; empty where none did.</summary>
    public string Tried { get; private set; } = string.Empty;

    /// <summary>Revision of the last load that ended.</summary>
    public long Done { get; set; } = -1;

    /// <summary>Requests that wait for it; null where none does.</summary>
    public PendingLoad? Pending { get; set; }

    /// <summary>Room is being made for it.</summary>
    public bool IsBringing { get; set; }

    /// <summary>Room that was made for it and that no load has taken yet.</summary>
    public Room? Room { get; private set; }

    /// <summary>It had to make room for others, or found none, and was not loaded since.</summary>
    public bool IsEvicted { get; set; }

    /// <summary>Why no room was found for it when a call wanted it; empty where it was.</summary>
    public string Refusal { get; set; } = string.Empty;

    /// <summary>When a request may cause another try, as a timestamp.</summary>
    public long RetryAt { get; private set; }

    /// <summary>Why the last load failed; empty where it did not.</summary>
    public string Failure => Refusal.Length > 0 ? Refusal : Visible.State == PipelineState.Failed ? Visible.Reason : Visible.Remark;

    /// <summary>As the plan sees it.</summary>
    /// <param name="revision">Of the wish: a call wants what was not loaded at it.</param>
    public VersionStatus Status(long revision) => new(Visible.Key.Version, Visible.State, Stamp, Tried, Next is not null || IsBringing)
    {
        IsDemanded = Room is not null || IsCalled(revision),
        IsEvicted = IsEvicted,
    };

    /// <summary>A call wants it, and it was not loaded since.</summary>
    public bool IsCalled(long revision) => revision > 0 && Done < revision;

    /// <summary>A load begins: its entry is visible unless something serves.</summary>
    /// <returns>What was visible and still waits for its requests; null for none.</returns>
    public PipelineEntry? Begin(PipelineEntry entry)
    {
        Refusal = string.Empty;
        return Visible.State == PipelineState.Ready || Visible == entry ? null : Show(entry);
    }

    /// <summary>It waits for a request.</summary>
    /// <param name="entry">Dormant.</param>
    /// <param name="isEvicted">To make room for others.</param>
    /// <returns>What was visible and still waits for its requests; null for none.</returns>
    public PipelineEntry? Sleep(PipelineEntry entry, bool isEvicted)
    {
        entry.Attachment = Visible.Attachment;
        (Stamp, IsEvicted) = (string.Empty, IsEvicted || isEvicted);
        return Show(entry);
    }

    /// <summary>Room was made for it.</summary>
    public void Give(Room room) => Room = room;

    /// <summary>Takes the room that was made for it; null where none was.</summary>
    public Room? TakeRoom()
    {
        var room = Room;
        Room = null;
        return room;
    }

    /// <summary>Bytes that its next load is expected to need.</summary>
    /// <param name="stamp">Of the content.</param>
    /// <param name="guess">What it is where it was never loaded.</param>
    public long Need(string stamp, long guess) => _measuredStamp == stamp ? _measured : guess;

    /// <summary>It was loaded and takes so much.</summary>
    public void Measured(string stamp, long bytes) => (_measuredStamp, _measured) = (stamp, bytes);

    /// <summary>What was loaded serves from now on.</summary>
    /// <returns>What was visible until now.</returns>
    public PipelineEntry Serve(PipelineEntry entry, string stamp)
    {
        var old = Visible;
        (Visible, Stamp, Tried) = (entry, stamp, string.Empty);
        (IsEvicted, _failures) = (false, 0);
        entry.Ready();
        return old;
    }

    /// <summary>A load failed.</summary>
    /// <param name="entry">What was loaded into.</param>
    /// <param name="outcome">Why.</param>
    /// <param name="stamp">Of the content.</param>
    /// <param name="time">Clock.</param>
    /// <returns>True where something else serves on in its place.</returns>
    public bool Fail(PipelineEntry entry, in LoadOutcome outcome, string stamp, TimeProvider time)
    {
        _failures = Tried == stamp ? _failures + 1 : 1;
        RetryAt = time.GetTimestamp() + (long)(RetryPolicy.Delay(_failures).TotalSeconds * time.TimestampFrequency);
        Tried = stamp;
        entry.Fail(outcome.Reason, outcome.Code);
        if (Visible == entry)
            return false;
        Visible.Remark = $"serves its earlier content, since the newer could not be loaded: {outcome.Reason}";
        return true;
    }

    /// <summary>Where what is wanted is what serves, an earlier failure counts no more.</summary>
    /// <returns>True where there was one.</returns>
    public bool Settle(string wanted)
    {
        if (Stamp != wanted)
            return false;
        var wasOutdated = Visible.Remark.Length > 0;
        (Visible.Remark, Tried) = (string.Empty, string.Empty);
        return wasOutdated;
    }

    private PipelineEntry? Show(PipelineEntry entry)
    {
        var draining = Visible.State == PipelineState.Draining ? Visible : null;
        Visible = entry;
        return draining;
    }
}
