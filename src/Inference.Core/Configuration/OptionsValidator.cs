using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Inference.Core.Configuration;

/// <summary>Checks the values of the options. Pure; reports every mistake, not the first.</summary>
public static class OptionsValidator
{
    private const int MaxPort = 65_535;
    private const int SmallestMessageLimit = 1024;

    // What the address of a Unix domain socket has room for where it has least, without the zero at its end.
    private const int LongestSocketPath = 103;
    private const int MaxThreads = 1024;
    private const int MaxDownloads = 256;
    private const int MaxRegions = 2048;
    private const int MaxBatchRows = 65_536;
    private const int MaxMilliseconds = 3_600_000;
    private const double MaxSeconds = 3600;
    private const double MostConnectionSeconds = 86_400;
    private const double SmallestPollSeconds = 0.1;

    /// <summary>All mistakes; none where the options can be used.</summary>
    public static IReadOnlyList<string> Validate(InferenceOptions options)
    {
        var errors = new List<string>();
        Server(options.Server, errors);
        TlsCheck.Check(options.Server, options.Tls, errors);
        Seconds("Tls:ReloadSeconds", options.Tls.ReloadSeconds, MaxSeconds, errors);
        Repository(options.Repository, errors);
        Cache(options.Cache, errors);
        Execution(options.Execution, errors);
        Scheduling(options, errors);
        Range("Admission:MaxConcurrentRequests", options.Admission.MaxConcurrentRequests, 1, int.MaxValue, errors);
        if (options.Admission.MaxRequestBytes < options.Server.MaxMessageBytes)
            errors.Add(Text("Admission:MaxRequestBytes", options.Admission.MaxRequestBytes.ToString(CultureInfo.InvariantCulture), $"at least {options.Server.MaxMessageBytes}, which is Server:MaxMessageBytes"));
        SharedMemory(options.SharedMemory, errors);
        Seconds("Shutdown:GraceSeconds", options.Shutdown.GraceSeconds, MaxSeconds, errors);
        Seconds("Shutdown:DrainSeconds", options.Shutdown.DrainSeconds, MaxSeconds, errors);
        if (options.Logging.Format is not ("text" or "json"))
            errors.Add(Text("Logging:Format", options.Logging.Format, "text or json"));
        if (!Enum.TryParse<LogLevel>(options.Logging.Level, ignoreCase: true, out var level) || !Enum.IsDefined(level) || int.TryParse(options.Logging.Level, out _))
            errors.Add(Text("Logging:Level", options.Logging.Level, string.Join(", ", Enum.GetNames<LogLevel>())));
        Traces(options.Telemetry.Traces, errors);
        return errors;
    }

    private static void Traces(TraceOptions traces, List<string> errors)
    {
        if (traces.IsOn && (!Uri.TryCreate(traces.Endpoint, UriKind.Absolute, out var endpoint) || (endpoint.Scheme != Uri.UriSchemeHttp && endpoint.Scheme != Uri.UriSchemeHttps)))
            errors.Add(Text("Telemetry:Traces:Endpoint", traces.Endpoint, "an address such as http://collector:4317, or nothing; OTEL_EXPORTER_OTLP_ENDPOINT stands in for it"));
        if (traces.Protocol is not ("" or TraceOptions.Grpc or TraceOptions.HttpProtobuf))
            errors.Add(Text("Telemetry:Traces:Protocol", traces.Protocol, $"{TraceOptions.Grpc} or {TraceOptions.HttpProtobuf}; OTEL_EXPORTER_OTLP_PROTOCOL stands in for it"));
        if (traces.SampleRatio is { } ratio && ratio is not (>= 0 and <= 1))
            errors.Add(Text("Telemetry:Traces:SampleRatio", ratio.ToString(CultureInfo.InvariantCulture), "a number from 0 to 1"));
    }

    private static void Server(ServerOptions server, List<string> errors)
    {
        if (server.Host is not ("*" or "localhost") && !IPAddress.TryParse(server.Host, out _))
            errors.Add(Text("Server:Host", server.Host, "an IP address, localhost, or * for all addresses"));
        (string Key, int Port)[] ports =
            [("Server:GrpcPort", server.GrpcPort), ("Server:HttpPort", server.HttpPort), ("Server:MetricsPort", server.MetricsPort)];
        foreach (var (key, port) in ports)
            Range(key, port, 0, MaxPort, errors);
        foreach (var shared in ports.Where(p => p.Port != 0).GroupBy(p => p.Port).Where(g => g.Count() > 1))
            errors.Add($"{string.Join(" and ", shared.Select(p => $"{InferenceOptions.Root}:{p.Key}"))} are all {shared.Key}; each needs a port of its own.");
        if (server.GrpcSocket.Length > 0 && (!Path.IsPathFullyQualified(server.GrpcSocket) || Encoding.UTF8.GetByteCount(server.GrpcSocket) > LongestSocketPath))
            errors.Add(Text("Server:GrpcSocket", server.GrpcSocket, $"an absolute path of at most {LongestSocketPath} bytes, or nothing"));
        Range("Server:MaxMessageBytes", server.MaxMessageBytes, SmallestMessageLimit, int.MaxValue, errors);
        Seconds("Server:ConnectionAgeSeconds", server.ConnectionAgeSeconds, MostConnectionSeconds, errors);
        Seconds("Server:ConnectionGraceSeconds", server.ConnectionGraceSeconds, MostConnectionSeconds, errors);
        Range("Server:MaxIdlePings", server.MaxIdlePings, 0, int.MaxValue, errors);
    }

    private static void Repository(RepositoryOptions repository, List<string> errors)
    {
        if (string.IsNullOrWhiteSpace(repository.Path))
            errors.Add(Text("Repository:Path", repository.Path, "the folder of a model repository"));
        if (repository.Mode is not ("none" or "poll" or "explicit"))
            errors.Add(Text("Repository:Mode", repository.Mode, "none, poll or explicit"));
        if (repository.LoadAtStart.Length > 0 && repository.Mode != "explicit")
            errors.Add(Text("Repository:LoadAtStart", repository.LoadAtStart, "nothing unless Repository:Mode is explicit; the other modes load every model"));
        if (!double.IsFinite(repository.PollSeconds) || repository.PollSeconds is < SmallestPollSeconds or > MaxSeconds)
            errors.Add(Text("Repository:PollSeconds", repository.PollSeconds.ToString(CultureInfo.InvariantCulture), $"seconds from {SmallestPollSeconds.ToString(CultureInfo.InvariantCulture)} to {MaxSeconds}"));
        Range("Repository:SettleMilliseconds", repository.SettleMilliseconds, 0, MaxMilliseconds, errors);
        if (repository.CompleteMarker.Contains('/', StringComparison.Ordinal) || repository.CompleteMarker is "." or "..")
            errors.Add(Text("Repository:CompleteMarker", repository.CompleteMarker, "the name of a file, without a folder"));
        Range("Repository:LoadThreads", repository.LoadThreads, 0, MaxThreads, errors);
        Range("Repository:ReloadThreads", repository.ReloadThreads, 1, MaxThreads, errors);
        Range("Repository:LoadNiceness", repository.LoadNiceness, 0, ExecutionDefaults.IdleNiceness, errors);
        S3(repository.S3, errors);
    }

    private static void S3(S3Options store, List<string> errors)
    {
        var isAddress = Uri.TryCreate(store.Endpoint, UriKind.Absolute, out var endpoint)
            && (endpoint.Scheme == Uri.UriSchemeHttp || endpoint.Scheme == Uri.UriSchemeHttps)
            && endpoint.UserInfo.Length == 0 && endpoint.Query.Length == 0 && endpoint.Fragment.Length == 0;
        if (store.Endpoint.Length > 0 && !isAddress)
            errors.Add(Text("Repository:S3:Endpoint", EffectiveConfiguration.Show("Endpoint", store.Endpoint), "http:// or https://, host and port, without credentials; those come from the environment"));
        if (!store.Region.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            errors.Add(Text("Repository:S3:Region", store.Region, "the name of a region, such as eu-central-1"));
        AtLeastOne("Repository:S3:CacheBytes", store.CacheBytes, errors);
        Range("Repository:S3:Downloads", store.Downloads, 1, MaxDownloads, errors);
    }

    private static void Cache(CacheOptions cache, List<string> errors)
    {
        if (cache.Loading is not ("eager" or "lazy"))
            errors.Add(Text("Cache:Loading", cache.Loading, "eager or lazy"));
        if (cache.MemoryBytes < 0)
            errors.Add(Text("Cache:MemoryBytes", cache.MemoryBytes.ToString(CultureInfo.InvariantCulture), "a number of bytes, or 0 for no budget"));
        Range("Cache:LoadThreads", cache.LoadThreads, 0, MaxThreads, errors);
        Range("Cache:MaxWaitingRequests", cache.MaxWaitingRequests, 1, int.MaxValue, errors);
        Range("Cache:RoomWaitMilliseconds", cache.RoomWaitMilliseconds, 0, MaxMilliseconds, errors);
        Seconds("Cache:ReturnSeconds", cache.ReturnSeconds, MaxSeconds, errors);
    }

    private static void Execution(ExecutionDefaults execution, List<string> errors)
    {
        Range("Execution:Lanes", execution.Lanes, 0, MaxThreads, errors);
        Range("Execution:IntraOpThreads", execution.IntraOpThreads, 0, MaxThreads, errors);
        Range("Execution:WorkerThreads", execution.WorkerThreads, 0, MaxThreads, errors);
        Range("Execution:Niceness", execution.Niceness, 0, ExecutionDefaults.IdleNiceness, errors);
        Range("Execution:InlineBelowMicroseconds", execution.InlineBelowMicroseconds, 0, 1_000_000, errors);
    }

    private static void Scheduling(InferenceOptions options, List<string> errors)
    {
        AtLeastOne("Queue:MaxRows", options.Queue.MaxRows, errors);
        AtLeastOne("Queue:MaxBytes", options.Queue.MaxBytes, errors);
        AtLeastOne("Queue:TotalBytes", options.Queue.TotalBytes, errors);
        Range("Queue:TimeoutMilliseconds", options.Queue.TimeoutMilliseconds, 0, MaxMilliseconds, errors);
        Range("Queue:WaitTargetMilliseconds", options.Queue.WaitTargetMilliseconds, 1, MaxMilliseconds, errors);
        Range("Batching:MaxRows", options.Batching.MaxRows, 1, MaxBatchRows, errors);
        AtLeastOne("Batching:MaxBytes", options.Batching.MaxBytes, errors);
        Range("Streams:MaxInFlight", options.Streams.MaxInFlight, 1, int.MaxValue, errors);
        AtLeastOne("Streams:MaxBytes", options.Streams.MaxBytes, errors);
    }

    private static void SharedMemory(SharedMemoryOptions options, List<string> errors)
    {
        Range("SharedMemory:MaxRegions", options.MaxRegions, 1, MaxRegions, errors);
        AtLeastOne("SharedMemory:MaxBytes", options.MaxBytes, errors);
        if (!options.KeyPrefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            errors.Add(Text("SharedMemory:KeyPrefix", options.KeyPrefix, "letters, digits, '.', '_' and '-', without a slash"));
    }

    private static void AtLeastOne(string key, long value, List<string> errors)
    {
        if (value < 1)
            errors.Add(Text(key, value.ToString(CultureInfo.InvariantCulture), "a whole number of at least 1"));
    }

    private static void Range(string key, int value, int minimum, int maximum, List<string> errors)
    {
        if (value < minimum || value > maximum)
            errors.Add(Text(key, value.ToString(CultureInfo.InvariantCulture), $"a whole number from {minimum} to {maximum}"));
    }

    private static void Seconds(string key, double value, double maximum, List<string> errors)
    {
        if (!double.IsFinite(value) || value < 0 || value > maximum)
            errors.Add(Text(key, value.ToString(CultureInfo.InvariantCulture), $"seconds from 0 to {maximum}"));
    }

    private static string Text(string key, string value, string expected) => $"{InferenceOptions.Root}:{key} is '{value}'; expected {expected}.";
}
