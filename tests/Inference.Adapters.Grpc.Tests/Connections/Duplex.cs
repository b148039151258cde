using System.IO.Pipelines;

namespace Inference.Adapters.Grpc.Tests.Connections;

/// <summary>A connection's two ways.</summary>
internal sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
