using Inference.Domain.Registry;
using Inference.Services.Cache;

namespace Inference.Services.Repository;

/// <summary>A load that was planned.</summary>
/// <param name="Entry">What is loaded into.</param>
/// <param name="Stored">What is loaded.</param>
/// <param name="Stamp">Stands for its content.</param>
/// <param name="Revision">Of the wish that it was planned for.</param>
/// <param name="Room">Memory that is set aside for it.</param>
internal sealed record PlannedLoad(PipelineEntry Entry, StoredVersion Stored, string Stamp, long Revision, Room Room);
