namespace Inference.Adapters.Grpc.Connections;

/// <summary>What a connection may cost. Zero is no limit.</summary>
/// <param name="Age">After this time, give or take a tenth, the client is asked to make a new connection.</param>
/// <param name="Grace">Time that calls under way then have left.</param>
/// <param name="IdlePings">Pings at once while nothing else moves.</param>
public sealed record ConnectionLimits(TimeSpan Age, TimeSpan Grace, int IdlePings);
