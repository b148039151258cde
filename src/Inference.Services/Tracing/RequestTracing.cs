using System.Diagnostics;
using Inference.Core.Telemetry;

namespace Inference.Services.Tracing;

/// <summary>Makes the spans of calls, for adapters. Costs a look at whether anybody listens where nobody does. Thread-safe.</summary>
/// <param name="settings">Which calls are traced.</param>
/// <param name="time">Clock.</param>
public sealed class RequestTracing(TraceSettings settings, TimeProvider time)
{
    /// <summary>Some calls are traced.</summary>
    public bool IsOn => InferenceTracing.Source.HasListeners() && settings.IsOn;

    /// <summary>A call has arrived.</summary>
    /// <param name="method">What is called, and by whom.</param>
    /// <param name="traceParent">The caller's <c>traceparent</c>; null or malformed for none.</param>
    /// <param name="traceState">The caller's <c>tracestate</c>.</param>
    /// <returns>Its span, not yet begun; null where nothing is traced.</returns>
    public RequestSpan? Arrive(CallSource method, string? traceParent, string? traceState)
    {
        if (!IsOn)
            return null;
        ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var caller);
        return new RequestSpan(method, caller, time);
    }
}

/// <summary>What is called, and by whom.</summary>
/// <param name="Method">Full name of the method, such as <c>inference.GRPCInferenceService/ModelInfer</c>.</param>
/// <param name="Host">The server as the caller addresses it.</param>
/// <param name="Port">Its port; null where the address has none.</param>
/// <param name="Peer">Address of the caller; null where it has none, as on a Unix socket.</param>
/// <param name="PeerPort">Its port.</param>
public sealed record CallSource(string Method, string Host, int? Port, string? Peer, int? PeerPort);
