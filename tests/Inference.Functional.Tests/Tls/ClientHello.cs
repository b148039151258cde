using System.Buffers.Binary;
using System.Net.Sockets;

namespace Inference.Functional.Tests.Tls;

/// <summary>The first message of a TLS handshake, with a version of choice, and what a server answers to it.</summary>
internal static class ClientHello
{
    public const string Handshake = "handshake";
    public const string ProtocolVersionAlert = "alert 70";
    private const int RecordHeader = 5, AlertRecord = 21, HandshakeRecord = 22;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // Ciphers of TLS 1.0 to 1.2: ECDHE with ECDSA and RSA, AES with SHA-1 or in GCM.
    private static readonly ushort[] Ciphers = [0xc009, 0xc00a, 0xc013, 0xc014, 0x002f, 0x0035, 0xc02b, 0xc02c, 0xc02f, 0xc030];

    /// <summary>Tells what kind of message comes back.</summary>
    public static async Task<string> SendAsync(Uri address, ushort version)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, limit.Token);
        await client.GetStream().WriteAsync(Create(version), limit.Token);
        var answer = new byte[RecordHeader + 2];
        await client.GetStream().ReadExactlyAsync(answer, limit.Token);
        return answer[0] switch
        {
            AlertRecord => $"alert {answer[RecordHeader + 1]}",
            HandshakeRecord => Handshake,
            var other => $"record {other}",
        };
    }

    private static byte[] Create(ushort version)
    {
        byte[] groups = [0x00, 0x0a, 0x00, 0x04, 0x00, 0x02, 0x00, 0x17];
        byte[] points = [0x00, 0x0b, 0x00, 0x02, 0x01, 0x00];
        byte[] signatures = [0x00, 0x0d, 0x00, 0x0a, 0x00, 0x08, 0x04, 0x03, 0x04, 0x01, 0x02, 0x03, 0x02, 0x01];
        byte[] protocols = [0x00, 0x10, 0x00, 0x05, 0x00, 0x03, 0x02, (byte)'h', (byte)'2'];
        byte[] extensions = [.. groups, .. points, .. signatures, .. protocols];
        byte[] body =
        [
            .. Number(version), .. new byte[32], 0,
            .. Number(2 * Ciphers.Length), .. Ciphers.SelectMany(c => Number(c)), 1, 0,
            .. Number(extensions.Length), .. extensions,
        ];
        return [HandshakeRecord, 3, 1, .. Number(body.Length + 4), 1, 0, .. Number(body.Length), .. body];
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}
