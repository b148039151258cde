using System.Globalization;
using Grpc.Core;
using Inference.Adapters.Grpc.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Inference.Adapters.Grpc.Calls.Direct;

/// <summary>How a call ended, as gRPC tells it: in the trailers, or in the headers of an answer that has nothing else.</summary>
internal static class StatusTrailers
{
    private const string Code = "grpc-status";
    private const string Message = "grpc-message";
    private const string Ok = "0";

    /// <summary>The call was answered.</summary>
    /// <param name="http">Its response has begun.</param>
    /// <param name="timing">How long it took; null where nobody asked.</param>
    public static void Succeed(HttpContext http, string? timing)
    {
        var trailers = http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;
        if (timing is not null)
            trailers[ServerTiming.Key] = timing;
        trailers[Code] = Ok;
    }

    /// <summary>The call failed.</summary>
    public static void Fail(HttpContext http, RpcException error)
    {
        var target = http.Response.HasStarted ? http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : http.Response.Headers;
        if (target is null or { IsReadOnly: true })
            return;
        foreach (var entry in error.Trailers)
            target[entry.Key] = entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value;
        target[Code] = ((int)error.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (error.Status.Detail.Length > 0)
            target[Message] = StatusText.Encode(error.Status.Detail);
    }
}
