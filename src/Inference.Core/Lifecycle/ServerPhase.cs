namespace Inference.Core.Lifecycle;

/// <summary>Where the process stands between start and stop.</summary>
public enum ServerPhase
{
    /// <summary>Models are being loaded for the first time.</summary>
    Starting,

    /// <summary>The server serves and says so.</summary>
    Running,

    /// <summary>The server serves, but says that it is not ready, so that load balancers turn away.</summary>
    Grace,

    /// <summary>New requests are refused, those under way finish.</summary>
    Draining,

    /// <summary>Everything has ended.</summary>
    Stopped,
}
