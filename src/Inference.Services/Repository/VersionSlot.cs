using Inference.Domain.Registry;

namespace Inference.Services.Repository;

/// <summary>What a reconciler knows of one version. Guarded by the reconciler's lock.</summary>
internal sealed class VersionSlot(PipelineEntry visible)
{
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

    /// <summary>Why the last load failed; empty where it did not.</summary>
    public string Failure => Visible.State == PipelineState.Failed ? Visible.Reason : Visible.Remark;

    /// <summary>As the plan sees it.</summary>
    public VersionStatus Status => new(Visible.Key.Version, Visible.State, Stamp, Tried, Next is not null);

    /// <summary>A load begins: its entry is visible unless something serves.</summary>
    /// <returns>What was visible and still waits for its requests; null for none.</returns>
    public PipelineEntry? Begin(PipelineEntry entry)
    {
        if (Visible.State == PipelineState.Ready)
            return null;
        var draining = Visible.State == PipelineState.Draining ? Visible : null;
        Visible = entry;
        return draining;
    }

    /// <summary>What was loaded serves from now on.</summary>
    /// <returns>What was visible until now.</returns>
    public PipelineEntry Serve(PipelineEntry entry, string stamp)
    {
        var old = Visible;
        (Visible, Stamp, Tried) = (entry, stamp, string.Empty);
        entry.Ready();
        return old;
    }

    /// <summary>A load failed.</summary>
    /// <returns>True where something else serves on in its place.</returns>
    public bool Fail(PipelineEntry entry, string reason, string stamp)
    {
        Tried = stamp;
        entry.Fail(reason);
        if (Visible == entry)
            return false;
        Visible.Remark = $"serves its earlier content, since the newer could not be loaded: {reason}";
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
}
