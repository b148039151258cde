using Inference.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.Storage.S3;

/// <summary>What everything about a store goes by and tells of itself. Immutable.</summary>
/// <param name="Time">Clock.</param>
/// <param name="Logger">Told of downloads.</param>
/// <param name="Metrics">Counts them.</param>
internal sealed record StoreContext(TimeProvider Time, ILogger Logger, IStoreMetrics Metrics);
