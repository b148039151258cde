using System.Diagnostics;

namespace Inference.Core.Telemetry;

/// <summary>Where the spans of the server come from, and what they are called. Thread-safe.</summary>
public static class InferenceTracing
{
    /// <summary>Name of the source, by which exporters and plug-ins find it.</summary>
    public const string SourceName = "Inference";

    /// <summary>Attribute: name of the model, as the request has it.</summary>
    public const string ModelName = "inference.model.name";

    /// <summary>Attribute: version that answered, or that was asked for where none did.</summary>
    public const string ModelVersion = "inference.model.version";

    /// <summary>Attribute: the client's id of the request.</summary>
    public const string RequestId = "inference.request.id";

    /// <summary>Attribute: rows of the request.</summary>
    public const string Rows = "inference.request.rows";

    /// <summary>Attribute: rows of a run, those of other requests included.</summary>
    public const string BatchRows = "inference.batch.rows";

    /// <summary>Attribute: requests that shared a run.</summary>
    public const string BatchRequests = "inference.batch.requests";

    /// <summary>Attribute: the device of a run, such as <c>cpu</c>.</summary>
    public const string Device = "inference.device";

    /// <summary>Attribute: stages of a large request that are not among its spans.</summary>
    public const string StagesLeftOut = "inference.stages.left_out";

    /// <summary>Name of the span of a run that several requests shared.</summary>
    public const string BatchSpan = "batch";

    /// <summary>The source.</summary>
    public static ActivitySource Source { get; } = new(SourceName);
}
