using Grpc.Core;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Tests.Server;
using Inference.Core.Logging;
using Inference.Domain;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Tests.Errors;

internal sealed class ErrorInterceptorTests
{
    private readonly ErrorLog _log = new();

    public enum Kind
    {
        Unary,
        ClientStream,
        ServerStream,
        Duplex,
    }

    [SetUp]
    public void Clear() => _log.Errors.Clear();

    [Test]
    public async Task Handler_UnexpectedException_IsNeutralAndLogged([Values] Kind kind)
    {
        var status = await StatusOf(new InvalidOperationException("secret"), kind);
        Assert.That(status.StatusCode, Is.EqualTo(StatusCode.Internal));
        Assert.That(status.Detail, Does.Not.Contain("secret").And.Contain("log"));
        var (id, text) = _log.Errors.Single();
        Assert.That(id.Id, Is.EqualTo(EventIds.Grpc + 1));
        Assert.That(text, Does.Contain("secret").And.Contain("/test/Method"));
    }

    [Test]
    public async Task Handler_InferenceException_HasItsCodeAndText([Values] Kind kind, [Values] ErrorCode code)
    {
        var status = await StatusOf(new InferenceException(code, "what and why"), kind);
        Assert.That(status, Is.EqualTo(new Status(StatusTable.Codes[code], "what and why")));
        Assert.That(_log.Errors, Is.Empty);
    }

    [Test]
    public async Task Handler_CancelledWithoutDeadline_IsCancelled() =>
        Assert.That((await StatusOf(new OperationCanceledException(), cancelled: true)).StatusCode, Is.EqualTo(StatusCode.Cancelled));

    [Test]
    public async Task Handler_CancelledAfterTheDeadline_IsDeadlineExceeded()
    {
        var past = DateTime.UtcNow.AddSeconds(-1);
        Assert.That((await StatusOf(new OperationCanceledException(), cancelled: true, deadline: past)).StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
        Assert.That((await StatusOf(new InferenceException(ErrorCode.Cancelled, "x"), cancelled: true, deadline: past)).StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
    }

    [Test]
    public async Task Handler_CancelledByNobodyKnown_IsADefect() =>
        Assert.That((await StatusOf(new OperationCanceledException())).StatusCode, Is.EqualTo(StatusCode.Internal));

    [Test]
    public async Task Handler_ConnectionBreaks_IsNoDefect()
    {
        Assert.That((await StatusOf(new IOException("stream"), Kind.Duplex)).StatusCode, Is.EqualTo(StatusCode.Cancelled));
        Assert.That((await StatusOf(new IOException("stream"), Kind.ClientStream)).StatusCode, Is.EqualTo(StatusCode.Cancelled));
        Assert.That((await StatusOf(new IOException("x"), cancelled: true)).StatusCode, Is.EqualTo(StatusCode.Cancelled));
        Assert.That((await StatusOf(new InvalidOperationException("x"), Kind.ServerStream, cancelled: true)).StatusCode, Is.EqualTo(StatusCode.Cancelled));
        Assert.That(_log.Errors, Is.Empty);
        Assert.That((await StatusOf(new InvalidOperationException("x"), cancelled: true)).StatusCode, Is.EqualTo(StatusCode.Internal));
        Assert.That((await StatusOf(new IOException("disk"))).StatusCode, Is.EqualTo(StatusCode.Internal));
    }

    [Test]
    public async Task Handler_HugeText_IsBounded() =>
        Assert.That(
            StatusText.EncodedLength((await StatusOf(InferenceException.InvalidArgument(new string('漢', 100_000)))).Detail),
            Is.LessThanOrEqualTo(StatusText.MaxEncodedBytes));

    [TestCase(100.0, "100")]
    [TestCase(0.25, "1")]
    [TestCase(null, null)]
    public async Task Handler_ErrorWithATimeToWait_TellsItToTheClient(double? milliseconds, string? expected)
    {
        var error = new InferenceException(ErrorCode.Overloaded, "full") { RetryAfter = milliseconds is { } wait ? TimeSpan.FromMilliseconds(wait) : null };
        Assert.That((await ErrorOf(error)).Trailers.GetValue("grpc-retry-pushback-ms"), Is.EqualTo(expected));
    }

    private async Task<Status> StatusOf(Exception thrown, Kind kind = Kind.Unary, bool cancelled = false, DateTime? deadline = null) =>
        (await ErrorOf(thrown, kind, cancelled, deadline)).Status;

    private async Task<RpcException> ErrorOf(Exception thrown, Kind kind = Kind.Unary, bool cancelled = false, DateTime? deadline = null)
    {
        using var factory = LoggerFactory.Create(l => l.AddProvider(_log));
        var interceptor = new ErrorInterceptor(factory.CreateLogger<ErrorInterceptor>());
        var context = new TestCallContext(new CancellationToken(cancelled), deadline);
        Task call = kind switch
        {
            Kind.Unary => interceptor.UnaryServerHandler<string, string>("x", context, (_, _) => throw thrown),
            Kind.ClientStream => interceptor.ClientStreamingServerHandler<string, string>(null!, context, (_, _) => throw thrown),
            Kind.ServerStream => interceptor.ServerStreamingServerHandler<string, string>("x", null!, context, (_, _, _) => throw thrown),
            _ => interceptor.DuplexStreamingServerHandler<string, string>(null!, null!, context, (_, _, _) => throw thrown),
        };
        return await Requests.RefusedAsync(() => call);
    }
}
