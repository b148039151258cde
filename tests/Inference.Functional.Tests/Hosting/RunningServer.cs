using Grpc.Health.V1;
using Grpc.Net.Client;
using Inference.Adapters.Protocol;
using Inference.Core.Lifecycle;
using Inference.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Inference.Functional.Tests.Hosting;

/// <summary>
/// The whole program in this process, on loopback ports chosen by the system. Disposing of it fails the test where bytes of
/// the budget or buffers of the web server were not given back.
/// </summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private readonly WebApplication _app;

    private RunningServer(WebApplication app, ErrorLog log)
    {
        _app = app;
        Log = log;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        (GrpcAddress, HttpAddress, MetricsAddress) = (new Uri(addresses[0]), new Uri(addresses[1]), new Uri(addresses[2]));
        Channel = GrpcChannel.ForAddress(GrpcAddress, new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null });
        Client = new GRPCInferenceService.GRPCInferenceServiceClient(Channel);
        Health = new Grpc.Health.V1.Health.HealthClient(Channel);
    }

    public Uri GrpcAddress { get; }

    public Uri HttpAddress { get; }

    public Uri MetricsAddress { get; }

    public GrpcChannel Channel { get; }

    public GRPCInferenceService.GRPCInferenceServiceClient Client { get; }

    public Health.HealthClient Health { get; }

    public HttpClient Http { get; } = new();

    public ErrorLog Log { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a server and waits until it is ready.</summary>
    public static async Task<RunningServer> StartAsync(string repository, params (string Key, string Value)[] settings)
    {
        var log = new ErrorLog();
        (string Key, string Value)[] defaults =
        [
            ("Repository:Path", repository), ("Server:GrpcPort", "0"), ("Server:HttpPort", "0"), ("Server:MetricsPort", "0"),
            ("Shutdown:GraceSeconds", "0"), ("Shutdown:DrainSeconds", "5"), ("Logging:Level", "Warning"),
        ];
        var all = defaults.Concat(settings).GroupBy(s => s.Key).Select(g => $"--Inference:{g.Key}={g.Last().Value}");
        var app = new CompositionRoot().BuildServer([.. all], logging => logging.AddProvider(log));
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        app.Services.GetRequiredService<ServerLifecycle>().PhaseChanged += phase =>
        {
            if (phase == ServerPhase.Running)
                running.TrySetResult();
        };
        await app.StartAsync();
        await running.Task.WaitAsync(StartTime);
        return new RunningServer(app, log);
    }

    /// <summary>Stops it as a signal would.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Channel.Dispose();
        await _app.StopAsync();
        try
        {
            Leftovers.VerifyBudget(Services);
            Leftovers.VerifyBlocks(Services);
        }
        finally
        {
            await _app.DisposeAsync();
        }
    }
}
