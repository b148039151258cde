using System.Buffers.Binary;
using System.Net;
using Google.Protobuf;
using Inference.Adapters.Protocol;

namespace Inference.Functional.Tests.Loads;

/// <summary>Sends the same frames of gRPC over and over and drops the answers, so that it allocates nothing that grows with them.</summary>
internal sealed class FrameClient(Uri server) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { InitialHttp2StreamWindowSize = 1 << 20 }, disposeHandler: true);

    /// <summary>A request as a frame.</summary>
    public static byte[] Frame(ModelInferRequest request)
    {
        var message = request.ToByteArray();
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    /// <summary>Sends frames in one call.</summary>
    /// <returns>Its status, and the bytes of its answer.</returns>
    public async Task<(string Status, long Bytes)> CallAsync(string method, byte[] frame, int times)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, $"/inference.GRPCInferenceService/{method}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new Repeated(frame, times),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var dropped = new Dropped();
        await response.Content.CopyToAsync(dropped);
        var headers = response.TrailingHeaders.Contains("grpc-status") ? response.TrailingHeaders : response.Headers;
        return (headers.GetValues("grpc-status").Single(), dropped.Written);
    }

    public void Dispose() => _http.Dispose();

    private sealed class Repeated(byte[] frame, int times) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var i = 0; i < times; i++)
                await stream.WriteAsync(frame);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class Dropped : Stream
    {
        public long Written { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Written;

        public override long Position { get => Written; set => throw new NotSupportedException(); }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            return default;
        }

        public override void Write(byte[] buffer, int offset, int count) => Written += count;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
