using Grpc.Core;
using CallHeaders = Grpc.Core.Metadata;

namespace Inference.Adapters.Grpc.Tests.Errors;

/// <summary>A call without a connection.</summary>
internal sealed class TestCallContext(CancellationToken cancellation, DateTime? deadline = null) : ServerCallContext
{
    protected override string MethodCore => "/test/Method";

    protected override string HostCore => "localhost";

    protected override string PeerCore => "test";

    protected override DateTime DeadlineCore => deadline ?? DateTime.MaxValue;

    protected override CallHeaders RequestHeadersCore => [];

    protected override CancellationToken CancellationTokenCore => cancellation;

    protected override CallHeaders ResponseTrailersCore => [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => new(null, []);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(CallHeaders responseHeaders) => Task.CompletedTask;
}
