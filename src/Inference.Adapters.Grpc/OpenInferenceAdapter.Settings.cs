using Grpc.Core;
using Inference.Adapters.Grpc.Metadata;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc;

/// <summary>What is traced and logged.</summary>
internal sealed partial class OpenInferenceAdapter
{
    public override Task<TraceSettingResponse> TraceSetting(TraceSettingRequest request, ServerCallContext context)
    {
        traces.Change(request.ModelName, SettingsMapper.Decode(request));
        return Task.FromResult(SettingsMapper.EncodeTrace(traces.Read(request.ModelName)));
    }

    public override Task<LogSettingsResponse> LogSettings(LogSettingsRequest request, ServerCallContext context)
    {
        log.Change(SettingsMapper.Decode(request));
        return Task.FromResult(SettingsMapper.EncodeLog(log.Read()));
    }
}
