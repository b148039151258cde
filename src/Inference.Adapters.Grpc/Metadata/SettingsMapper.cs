using Inference.Adapters.Protocol;
using LogKind = Inference.Adapters.Protocol.LogSettingsRequest.Types.SettingValue.ParameterChoiceOneofCase;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>Between the protocol's settings and the services'.</summary>
internal static class SettingsMapper
{
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Decode(TraceSettingRequest request) =>
        request.Settings.ToDictionary(s => s.Key, s => (IReadOnlyList<string>)s.Value.Value, StringComparer.Ordinal);

    public static TraceSettingResponse EncodeTrace(IReadOnlyDictionary<string, string> settings)
    {
        var response = new TraceSettingResponse();
        foreach (var (key, value) in settings)
            response.Settings[key] = new TraceSettingResponse.Types.SettingValue { Value = { value } };
        return response;
    }

    public static IReadOnlyDictionary<string, object?> Decode(LogSettingsRequest request) =>
        request.Settings.ToDictionary(s => s.Key, s => Value(s.Value), StringComparer.Ordinal);

    public static LogSettingsResponse EncodeLog(IReadOnlyDictionary<string, object> settings)
    {
        var response = new LogSettingsResponse();
        foreach (var (key, value) in settings)
        {
            response.Settings[key] = value switch
            {
                bool flag => new LogSettingsResponse.Types.SettingValue { BoolParam = flag },
                uint number => new LogSettingsResponse.Types.SettingValue { Uint32Param = number },
                _ => new LogSettingsResponse.Types.SettingValue { StringParam = (string)value },
            };
        }

        return response;
    }

    private static object? Value(LogSettingsRequest.Types.SettingValue value) => value.ParameterChoiceCase switch
    {
        LogKind.BoolParam => value.BoolParam,
        LogKind.Uint32Param => value.Uint32Param,
        LogKind.StringParam => value.StringParam,
        _ => null,
    };
}
