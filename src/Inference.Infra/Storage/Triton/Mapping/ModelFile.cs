using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary>Finds files beside a configuration, in the model's folder.</summary>
internal static class ModelFile
{
    /// <summary>Absolute path of the file; null, with the mistake reported, where it cannot be used.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="section">Where it is named.</param>
    /// <param name="key">Field that names it.</param>
    /// <param name="within">Folder in the model's folder; empty for that itself.</param>
    public static string? Find(ConfigContext config, OptionReader section, string key, string within = "")
    {
        var name = section.Text(key, string.Empty);
        var shown = within.Length > 0 ? $"{within}/{name}" : name;
        var folder = Path.GetFullPath(Path.Combine(config.Folder.Path, within));
        var isName = name.Length > 0 && !name.Contains('\0', StringComparison.Ordinal) && !Path.IsPathRooted(name);
        var path = isName ? Path.GetFullPath(Path.Combine(folder, name)) : string.Empty;
        if (!isName || !SubFolders.IsInside(folder, path))
            section.Error(key, $"is {ErrorText.Quote(name)}; expected the name of a file in the folder {ErrorText.Quote(Path.Combine(config.Folder.Name, within))}.");
        else if (!File.Exists(path))
            section.Error(key, $"names {ErrorText.Quote(shown)}, which is not in the model's folder; put the file there, or take the field out.");
        else if (!SubFolders.IsInside(config.Repository.RealRoot, ArtefactFolder.RealPath(path)))
            section.Error(key, $"names {ErrorText.Quote(shown)}, which is a link that leads out of the repository; put the file itself there.");
        else
            return path;
        return null;
    }
}
