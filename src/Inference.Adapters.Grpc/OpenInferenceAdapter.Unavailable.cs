using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Domain;

namespace Inference.Adapters.Grpc;

/// <summary>The protocol's methods that this server does not have, each with what is missing.</summary>
internal sealed partial class OpenInferenceAdapter
{
    public override Task<TraceSettingResponse> TraceSetting(TraceSettingRequest request, ServerCallContext context) =>
        throw Unavailable("trace settings are not available.");

    public override Task<LogSettingsResponse> LogSettings(LogSettingsRequest request, ServerCallContext context) =>
        throw Unavailable("log settings cannot be read or changed over the protocol; they stand in the server's configuration (Logging:Level, Logging:Format).");

    private static InferenceException Unavailable(string message) => new(ErrorCode.NotSupported, message);
}
