using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Inference.Services.Support;
using Microsoft.AspNetCore.Http;

namespace Inference.Adapters.Http.Debug;

/// <summary>Answers with a snapshot of the server as JSON, for people and their scripts.</summary>
internal static class DebugEndpoint
{
    // Nobody takes it for a page of HTML, so that it is better read without escapes.
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static async Task HandleAsync(HttpContext http, SnapshotService snapshots)
    {
        var page = JsonSerializer.SerializeToUtf8Bytes(snapshots.Take(), Format);
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = page.Length;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        await http.Response.Body.WriteAsync(page, http.RequestAborted).ConfigureAwait(false);
    }
}
