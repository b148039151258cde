using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Benchmarks.Plain;

/// <summary>
/// What a short ASP.NET Core gRPC service does with a model: the baseline that every feature of the engine is measured
/// against. Every setting is the framework's own, except the message size limit, which the 19 MB load exceeds.
/// </summary>
internal static class PlainServer
{
    public static async Task<int> RunAsync(string port, string repository)
    {
        if (!ushort.TryParse(port, out var number) || !Directory.Exists(repository))
        {
            await Console.Error.WriteLineAsync($"Port '{port}' must be a number up to 65535, and '{repository}' a folder that exists.");
            return 2;
        }

        var sessions = Directory.GetDirectories(repository)
            .ToDictionary(folder => Path.GetFileName(folder), folder => new InferenceSession(Path.Combine(folder, "1", "model.onnx")));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, number, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = null);
        builder.Services.AddSingleton<IReadOnlyDictionary<string, InferenceSession>>(sessions);
        builder.Services.AddSingleton<PlainService>();
        var app = builder.Build();
        app.MapGrpcService<PlainService>();
        await app.RunAsync();
        return 0;
    }
}
