using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Inference.Benchmarks.Load.SelfTest;

/// <summary>The fake service on a free port of the loopback interface.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly FakeDevice device;

    private FakeServer(WebApplication app, FakeDevice device, FakeService service) => (this.app, this.device, Service) = (app, device, service);

    public FakeService Service { get; }

    public string Address => app.Urls.First();

    public static async Task<FakeServer> StartAsync()
    {
        var device = new FakeDevice(TimeSpan.FromMilliseconds(1));
        var service = new FakeService(device);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        var app = builder.Build();
        app.MapGrpcService<FakeService>();
        await app.StartAsync();
        return new FakeServer(app, device, service);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        await device.DisposeAsync();
    }
}
