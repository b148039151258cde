using Inference.Domain.Models;

namespace Inference.Domain.Pipelines;

/// <summary>What a component is configured from.</summary>
/// <param name="Model">The model that it stands before or behind.</param>
/// <param name="Options">Its options in the manifest; an empty section where there are none.</param>
/// <param name="Folder">The version's folder, for vocabularies and labels.</param>
public sealed record ComponentContext(ModelSpec Model, OptionReader Options, ArtefactFolder Folder);
