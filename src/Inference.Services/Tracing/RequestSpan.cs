using System.Diagnostics;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Execution;

namespace Inference.Services.Tracing;

/// <summary>
/// The span of one call, from its arrival until it is answered, and those of its stages. It begins when the model is known, so
/// that models can be traced apart, but starts at the arrival. Used by one thread at a time.
/// </summary>
public sealed class RequestSpan
{
    private readonly CallSource _source;
    private readonly ActivityContext _caller;
    private readonly TimeProvider _time;

    // One moment on both clocks, so that no stage seems to be outside its call.
    private readonly DateTimeOffset _arrival;
    private readonly long _start;
    private Activity? _activity;
    private RequestTrace? _trace;
    private bool _hasBegun;
    private bool _hasEnded;

    internal RequestSpan(CallSource source, ActivityContext caller, TimeProvider time)
    {
        (_source, _caller, _time) = (source, caller, time);
        (_arrival, _start) = (time.GetUtcNow(), time.GetTimestamp());
    }

    /// <summary>What notes the stages; null where the call is not recorded.</summary>
    public RequestTrace? Trace => _trace;

    /// <summary>The span in the form of <c>traceparent</c>; null where it has not begun.</summary>
    public string? TraceParent => _activity?.Id;

    /// <summary>The request was read: decides whether it is recorded. The span is the current one of the calling method's flow from here on.</summary>
    /// <param name="model">Name of the model, as the request has it; may be empty.</param>
    /// <param name="version">Version or label that it asks for; may be empty.</param>
    /// <param name="id">The client's id; may be empty.</param>
    /// <returns>What notes the stages; null where the call is not recorded.</returns>
    public RequestTrace? Begin(string model, string version, string id)
    {
        if (_hasBegun)
            return _trace;
        _hasBegun = true;

        // Whatever else is current here, such as a span of the web server, is not the caller.
        Activity.Current = null;
        var tags = new ActivityTagsCollection { ["rpc.system.name"] = "grpc", ["rpc.method"] = _source.Method, ["server.address"] = _source.Host };
        AddText(tags, InferenceTracing.ModelName, model);
        _activity = InferenceTracing.Source.StartActivity(ActivityKind.Server, _caller, tags, links: null, _arrival, _source.Method);
        if (_activity is not { IsAllDataRequested: true } activity)
            return null;
        SetText(activity, InferenceTracing.ModelVersion, version);
        SetText(activity, InferenceTracing.RequestId, id);
        activity.SetTag("server.port", _source.Port);
        activity.SetTag("network.peer.address", _source.Peer);
        activity.SetTag("network.peer.port", _source.PeerPort);
        return _trace = new RequestTrace(activity.Context);
    }

    /// <summary>Has the span be the current one of the calling method's flow, or no span.</summary>
    public void MakeCurrent(bool isCurrent) => Activity.Current = isCurrent ? _activity : null;

    /// <summary>What is known of the request when it is answered.</summary>
    /// <param name="version">The version that answered.</param>
    /// <param name="context">The request's.</param>
    public void Answered(string version, RequestContext context)
    {
        if (_trace is null)
            return;
        SetText(_activity!, InferenceTracing.ModelVersion, version);
        _activity!.SetTag(InferenceTracing.Rows, context.Rows);
        if (context.BatchRows > 0)
            _activity.SetTag(InferenceTracing.BatchRows, context.BatchRows);
    }

    /// <summary>The call is over; what comes after this call is not told.</summary>
    /// <param name="status">Name of its status, such as <c>NOT_FOUND</c>.</param>
    /// <param name="isFault">The status tells of a fault of the server, not of its caller.</param>
    /// <param name="message">What the caller is told where it has no answer; may be empty.</param>
    public void End(string status, bool isFault, string message)
    {
        if (_hasEnded)
            return;
        _hasEnded = true;
        Begin(string.Empty, string.Empty, string.Empty);
        if (_activity is not { } activity)
            return;
        if (_trace is not null)
        {
            AddStages(_trace);
            activity.SetTag("rpc.response.status_code", status);
            if (_trace.LeftOut > 0)
                activity.SetTag(InferenceTracing.StagesLeftOut, _trace.LeftOut);
            if (isFault)
                activity.SetTag("error.type", status).SetStatus(ActivityStatusCode.Error, ErrorText.Bound(message));
        }

        activity.SetEndTime(At(_time.GetTimestamp()).UtcDateTime);
        activity.Stop();
    }

    private static void AddText(ActivityTagsCollection tags, string name, string value)
    {
        if (value.Length > 0)
            tags[name] = ErrorText.Bound(value);
    }

    private static void SetText(Activity activity, string name, string value)
    {
        if (value.Length > 0)
            activity.SetTag(name, ErrorText.Bound(value));
    }

    private static string NameOf(Stage stage) => stage switch
    {
        Stage.Preprocess => "preprocess",
        Stage.Queue => "queue",
        Stage.Execute => "execute",
        _ => "postprocess",
    };

    private void AddStages(RequestTrace trace)
    {
        foreach (var stage in trace.Intervals())
        {
            ActivityLink[]? links = stage.Batch == default ? null : [new ActivityLink(stage.Batch)];
            using var span = InferenceTracing.Source.StartActivity(ActivityKind.Internal, trace.Span, tags: null, links, At(stage.Start), NameOf(stage.Stage));
            if (span is null)
                continue;
            if (stage.BatchRows > 0)
                span.SetTag(InferenceTracing.BatchRows, stage.BatchRows);
            span.SetEndTime(At(stage.End).UtcDateTime);
        }
    }

    private DateTimeOffset At(long timestamp) => _arrival + _time.GetElapsedTime(_start, timestamp);
}
