using System.Net.Security;
using Inference.Core.Certificates;
using Inference.Core.Telemetry;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Inference.Adapters.Http.Tls;

/// <summary>Puts TLS under what a listener speaks.</summary>
public static class TlsConnections
{
    /// <summary>
    /// Has each connection of the listener begin with a handshake by the certificate of the moment, and counts those that fail.
    /// Needs <see cref="IServerMetrics"/> in the container. What looks into the bytes of connections is added after it.
    /// </summary>
    public static void Secure(ListenOptions listen, TlsListener tls)
    {
        var metrics = listen.ApplicationServices.GetRequiredService<IServerMetrics>();
        listen.Use(next => async connection =>
        {
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            catch (NotSupportedException) when (connection.Features.Get<Done>() is null)
            {
                // A first message that cannot be read: the TLS library goes on without asking for the certificate and then misses it.
            }

            if (connection.Features.Get<Done>() is null)
                metrics.HandshakeFailed();
        });
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(tls.ForHandshake()) });
        listen.Use(next => connection =>
        {
            connection.Features.Set(Done.Instance);
            return next(connection);
        });
    }

    private sealed class Done
    {
        public static readonly Done Instance = new();
    }
}
