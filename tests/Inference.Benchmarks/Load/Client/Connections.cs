using System.Net;
using Grpc.Core;
using Grpc.Net.Client;

namespace Inference.Benchmarks.Load.Client;

/// <summary>HTTP/2 connections to one server, each a channel of its own. Disposing them ends every call on them.</summary>
internal sealed class Connections : IDisposable
{
    /// <summary>Calls at once on one connection: what servers commonly allow; the client would queue more without saying so.</summary>
    public const int MostCalls = 100;

    private const int StreamWindow = 1 << 20;
    private readonly GrpcChannel[] channels;
    private readonly CallInvoker[] invokers;

    private Connections(Uri server, int count)
    {
        channels = [.. Enumerable.Range(0, count).Select(_ => Channel(server))];
        invokers = [.. channels.Select(channel => channel.CreateCallInvoker())];
    }

    public int Count => channels.Length;

    /// <summary>A connection to send calls on; numbers beyond the last begin anew.</summary>
    public CallInvoker this[int number] => invokers[number % invokers.Length];

    /// <summary>Opens all connections, so that no call pays for it.</summary>
    /// <exception cref="LoadException">The address is none, or nothing answers there.</exception>
    public static async Task<Connections> OpenAsync(string server, int count)
    {
        if (!Uri.TryCreate(server, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new LoadException($"Option --server is '{server}'; expected an address such as http://127.0.0.1:8001.");
        var connections = new Connections(address, count);
        try
        {
            await Task.WhenAll(connections.channels.Select(channel => channel.ConnectAsync())).WaitAsync(TimeSpan.FromSeconds(10));
            return connections;
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException or RpcException or HttpRequestException)
        {
            connections.Dispose();
            throw new LoadException($"No connection to {server}: {error.Message}; is the server running?");
        }
    }

    public void Dispose()
    {
        foreach (var channel in channels)
            channel.Dispose();
    }

    private static GrpcChannel Channel(Uri server) => GrpcChannel.ForAddress(server, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = false,
            InitialHttp2StreamWindowSize = StreamWindow,
            ActivityHeadersPropagator = null,
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
        MaxSendMessageSize = null,
    });
}
