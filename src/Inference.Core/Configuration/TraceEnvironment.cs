using System.Globalization;

namespace Inference.Core.Configuration;

/// <summary>Completes the options of traces by OpenTelemetry's environment variables; what is configured here goes before them.</summary>
internal static class TraceEnvironment
{
    private const string Exporter = "OTEL_EXPORTER_OTLP_";
    private const string TracesExporter = "OTEL_EXPORTER_OTLP_TRACES_";
    private const string Sampler = "OTEL_TRACES_SAMPLER";
    private const string SamplerArgument = "OTEL_TRACES_SAMPLER_ARG";
    private const string HttpPath = "v1/traces";

    /// <summary>The options with what the variables say where they say nothing.</summary>
    /// <param name="own">What is configured.</param>
    /// <param name="variables">Value of a variable; null for none.</param>
    /// <param name="errors">Gets what cannot be used.</param>
    public static TraceOptions Complete(TraceOptions own, Func<string, string?> variables, List<string> errors)
    {
        string? Read(string name) => variables(name) is { Length: > 0 } value ? value.Trim() : null;
        if (own.Endpoint.Length == 0 && (string.Equals(Read("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase) || Read("OTEL_TRACES_EXPORTER") == "none"))
            return own;
        var protocol = own.Protocol.Length > 0 ? own.Protocol : Read($"{TracesExporter}PROTOCOL") ?? Read($"{Exporter}PROTOCOL") ?? TraceOptions.Grpc;
        var options = own with
        {
            Protocol = protocol,
            Endpoint = own.Endpoint.Length > 0 ? WithPath(own.Endpoint, protocol, onlyWhereBare: true)
                : Read($"{TracesExporter}ENDPOINT") ?? (Read($"{Exporter}ENDPOINT") is { } common ? WithPath(common, protocol, onlyWhereBare: false) : string.Empty),
        };
        return own.SampleRatio is null && Read(Sampler) is { } sampler ? Sampled(options, sampler, Read(SamplerArgument), errors) : options;
    }

    private static TraceOptions Sampled(TraceOptions options, string sampler, string? argument, List<string> errors)
    {
        const string parentBased = "parentbased_";
        var followsCaller = sampler.StartsWith(parentBased, StringComparison.Ordinal);
        double? ratio = (followsCaller ? sampler[parentBased.Length..] : sampler) switch
        {
            "always_on" => 1,
            "always_off" => 0,
            "traceidratio" when argument is null => 1,
            "traceidratio" when double.TryParse(argument, CultureInfo.InvariantCulture, out var parsed) && parsed is >= 0 and <= 1 => parsed,
            "traceidratio" => double.NaN,
            _ => null,
        };
        if (ratio is null)
            errors.Add($"{Sampler} is '{sampler}'; expected always_on, always_off or traceidratio, each also with parentbased_ before it.");
        else if (double.IsNaN(ratio.Value))
            errors.Add($"{SamplerArgument} is '{argument}'; expected a number from 0 to 1.");
        else
            return options with { SampleRatio = ratio, FollowsCaller = followsCaller };
        return options;
    }

    // The exporter takes what it is given as it is.
    private static string WithPath(string endpoint, string protocol, bool onlyWhereBare)
    {
        if (protocol != TraceOptions.HttpProtobuf || !Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || (onlyWhereBare && uri.AbsolutePath != "/"))
            return endpoint;
        return $"{endpoint.TrimEnd('/')}/{HttpPath}";
    }
}
