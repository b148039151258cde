using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Inference.Benchmarks.Micro.Calls;

/// <summary>
/// What the web server gives a call's handler: a request that is there to its last byte, and a response that is counted. It
/// takes the next call when one is over, as the web server does, and costs none of them memory.
/// </summary>
internal sealed class HttpExchange :
    IHttpRequestFeature, IHttpResponseFeature, IHttpResponseBodyFeature, IHttpResponseTrailersFeature, IHttpRequestLifetimeFeature, IRequestBodyPipeFeature, IHttpResetFeature
{
    private const string Protocol = "HTTP/2";
    private readonly FeatureCollection _features = new();
    private readonly List<(Func<object, Task> Callback, object State)> _completed = [];
    private readonly HeaderDictionary _requestHeaders = [];
    private readonly HeaderDictionary _responseHeaders = [];
    private readonly HeaderDictionary _trailers = [];
    private readonly CountingWriter _writer = new();
    private readonly DefaultHttpContext _context;
    private readonly ArrivedBody _body;

    /// <summary>Creates it.</summary>
    /// <param name="path">Path of the method that is called.</param>
    /// <param name="frame">The request as a gRPC frame.</param>
    /// <param name="services">The server's.</param>
    public HttpExchange(string path, byte[] frame, IServiceScopeFactory services)
    {
        Path = path;
        _body = new ArrivedBody(frame);
        _context = new DefaultHttpContext(_features) { ServiceScopeFactory = services };
    }

    public string Path { get; set; }

    string IHttpRequestFeature.Protocol { get; set; } = Protocol;

    string IHttpRequestFeature.Scheme { get; set; } = "http";

    string IHttpRequestFeature.Method { get; set; } = "POST";

    string IHttpRequestFeature.PathBase { get; set; } = string.Empty;

    string IHttpRequestFeature.QueryString { get; set; } = string.Empty;

    string IHttpRequestFeature.RawTarget { get; set; } = string.Empty;

    IHeaderDictionary IHttpRequestFeature.Headers { get => _requestHeaders; set => throw new NotSupportedException(); }

    Stream IHttpRequestFeature.Body { get; set; } = Stream.Null;

    int IHttpResponseFeature.StatusCode { get; set; } = (int)HttpStatusCode.OK;

    string? IHttpResponseFeature.ReasonPhrase { get; set; }

    IHeaderDictionary IHttpResponseFeature.Headers { get => _responseHeaders; set => throw new NotSupportedException(); }

    Stream IHttpResponseFeature.Body { get; set; } = Stream.Null;

    public bool HasStarted { get; private set; }

    IHeaderDictionary IHttpResponseTrailersFeature.Trailers { get => _trailers; set => throw new NotSupportedException(); }

    CancellationToken IHttpRequestLifetimeFeature.RequestAborted { get; set; }

    PipeReader IRequestBodyPipeFeature.Reader => _body;

    Stream IHttpResponseBodyFeature.Stream => Stream.Null;

    PipeWriter IHttpResponseBodyFeature.Writer => _writer;

    /// <summary>Takes the call through a handler to its end.</summary>
    /// <returns>Bytes of the answer, and its status as gRPC tells it.</returns>
    public async ValueTask<(int Bytes, string Status)> CallAsync(RequestDelegate handler)
    {
        Begin();
        await handler(_context);
        foreach (var (callback, state) in _completed)
            await callback(state);
        return (_writer.Written, (_trailers.TryGetValue("grpc-status", out var status) ? status : _responseHeaders["grpc-status"]).ToString());
    }

    void IHttpResponseFeature.OnStarting(Func<object, Task> callback, object state) => throw new NotSupportedException("No handler of a call asks for it.");

    void IHttpResponseFeature.OnCompleted(Func<object, Task> callback, object state) => _completed.Add((callback, state));

    Task IHttpResponseBodyFeature.StartAsync(CancellationToken cancellationToken)
    {
        HasStarted = true;
        return Task.CompletedTask;
    }

    Task IHttpResponseBodyFeature.CompleteAsync() => Task.CompletedTask;

    void IHttpResponseBodyFeature.DisableBuffering()
    {
    }

    Task IHttpResponseBodyFeature.SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) =>
        throw new NotSupportedException("No handler of a call asks for it.");

    void IHttpRequestLifetimeFeature.Abort() => throw new InvalidOperationException("The call was aborted.");

    void IHttpResetFeature.Reset(int errorCode) => throw new InvalidOperationException($"The call was reset with {errorCode}.");

    private void Begin()
    {
        HasStarted = false;
        _completed.Clear();
        _responseHeaders.Clear();
        _trailers.Clear();
        _requestHeaders.Clear();
        _requestHeaders["content-type"] = "application/grpc";
        _requestHeaders["te"] = "trailers";
        _writer.Written = 0;
        _body.Rewind();
        _features.Set<IHttpRequestFeature>(this);
        _features.Set<IHttpResponseFeature>(this);
        _features.Set<IHttpResponseBodyFeature>(this);
        _features.Set<IHttpResponseTrailersFeature>(this);
        _features.Set<IHttpRequestLifetimeFeature>(this);
        _features.Set<IRequestBodyPipeFeature>(this);
        _features.Set<IHttpResetFeature>(this);
        _features.Set<IServiceProvidersFeature>(null);
        _context.Uninitialize();
        _context.Initialize(_features);
    }

    private sealed class ArrivedBody(byte[] frame) : PipeReader
    {
        private ReadOnlySequence<byte> _left;

        public void Rewind() => _left = new ReadOnlySequence<byte>(frame);

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => new(new ReadResult(_left, isCanceled: false, isCompleted: true));

        public override bool TryRead(out ReadResult result)
        {
            result = new ReadResult(_left, isCanceled: false, isCompleted: true);
            return true;
        }

        public override void AdvanceTo(SequencePosition consumed) => _left = _left.Slice(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _left = _left.Slice(consumed);

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }

    private sealed class CountingWriter : PipeWriter
    {
        private readonly byte[] _memory = new byte[1 << 16];

        public int Written { get; set; }

        public override void Advance(int bytes) => Written += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _memory;

        public override Span<byte> GetSpan(int sizeHint = 0) => _memory;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => new(new FlushResult(isCanceled: false, isCompleted: false));

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
