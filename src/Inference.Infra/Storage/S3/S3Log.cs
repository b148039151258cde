using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.Storage.S3;

/// <summary>Log events of object stores.</summary>
internal static partial class S3Log
{
    [LoggerMessage(EventIds.Infra + 40, LogLevel.Information, "Downloaded {Object}: {Bytes} bytes in {Seconds:F2} s")]
    public static partial void Downloaded(this ILogger logger, string @object, long bytes, double seconds);

    [LoggerMessage(EventIds.Infra + 41, LogLevel.Warning, "Download is tried again, {Here} of {Bytes} bytes are here: {Reason}")]
    public static partial void DownloadAgain(this ILogger logger, string reason, long here, long bytes);

    [LoggerMessage(EventIds.Infra + 42, LogLevel.Information, "Download of {Object} goes on: {Here} of {Bytes} bytes are here already")]
    public static partial void Resumed(this ILogger logger, string @object, long here, long bytes);

    [LoggerMessage(EventIds.Infra + 43, LogLevel.Warning, "{Path} does not hold what its name says, as after a crash, and is removed")]
    public static partial void CachedFileBroken(this ILogger logger, string path);

    [LoggerMessage(EventIds.Infra + 44, LogLevel.Debug, "{Path} is removed to make room")]
    public static partial void CachedFileRemoved(this ILogger logger, string path);

    [LoggerMessage(EventIds.Infra + 45, LogLevel.Debug, "{Object} has no checksum that could be compared; it is downloaded twice, and its size and the two downloads are compared")]
    public static partial void SizeOnly(this ILogger logger, string @object);

    [LoggerMessage(EventIds.Infra + 46, LogLevel.Warning, "{Count} objects in {Location} have keys that no files can have and are passed over, such as {Key}")]
    public static partial void Strays(this ILogger logger, int count, string location, string key);

    [LoggerMessage(EventIds.Infra + 47, LogLevel.Warning, "{Endpoint} is plain HTTP to another machine: models travel unencrypted, and whoever is on the way can replace them. Use https where the network is not trusted")]
    public static partial void PlainHttp(this ILogger logger, string endpoint);

    [LoggerMessage(EventIds.Infra + 48, LogLevel.Information, "A version waits for room for {Bytes} bytes in {Path} until others are loaded")]
    public static partial void WaitsForRoom(this ILogger logger, long bytes, string path);
}
