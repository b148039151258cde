namespace Inference.Functional.Tests.Observability.Otlp;

/// <summary>Reads exported spans.</summary>
internal static class SpanReading
{
    public static readonly string[] Stages = ["preprocess", "queue", "execute", "postprocess"];

    public static bool IsCall(this ExportedSpan span) => span.Kind == ExportedKind.Server;

    /// <summary>0 for unset, 2 for an error.</summary>
    public static int StatusCode(this ExportedSpan span) => span.Status is { } status ? status.Code : 0;

    public static string Text(this ExportedSpan span, string attribute) => span.Attributes.SingleOrDefault(a => a.Key == attribute)?.Value.Text ?? string.Empty;

    public static long Number(this ExportedSpan span, string attribute) => span.Attributes.Single(a => a.Key == attribute).Value.Number;

    public static IEnumerable<ExportedSpan> Calls(this IEnumerable<ExportedSpan> spans, string id) => spans.Where(s => s.IsCall() && s.Text("inference.request.id") == id);

    public static IEnumerable<ExportedSpan> Children(this IEnumerable<ExportedSpan> spans, ExportedSpan parent) => spans.Where(s => s.ParentSpanId == parent.SpanId && s.TraceId == parent.TraceId);

    public static string Hex(this Google.Protobuf.ByteString bytes) => Convert.ToHexStringLower(bytes.Span);
}
