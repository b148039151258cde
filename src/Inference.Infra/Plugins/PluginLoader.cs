using Inference.Domain;

namespace Inference.Infra.Plugins;

/// <summary>
/// Loads plug-ins from a folder: each sub-folder is one plug-in whose assembly has the sub-folder's name, such as
/// <c>plugins/Acme.Audio/Acme.Audio.dll</c>. A plug-in brings preprocessors and postprocessors as public classes with a
/// public constructor without parameters. It runs with all rights of the server, so load only what you trust.
/// </summary>
public static class PluginLoader
{
    /// <summary>Loads all plug-ins, by name.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The plug-ins, owned by the caller.</returns>
    /// <exception cref="InferenceException">LoadFailed, with what is wrong with each plug-in that cannot be used; none stays loaded.</exception>
    public static IReadOnlyList<Plugin> Load(string folder)
    {
        var plugins = new List<Plugin>();
        var problems = new List<string>();
        foreach (var path in Folders(folder))
        {
            try
            {
                plugins.Add(PluginReader.Read(path));
            }
            catch (PluginException e)
            {
                problems.Add($"plug-in {ErrorText.Quote(Path.GetFileName(path))} cannot be used: {e.Message}.");
            }
        }

        if (problems.Count == 0)
            return plugins;
        plugins.ForEach(p => p.Dispose());
        throw new InferenceException(ErrorCode.LoadFailed, $"{string.Join(" ", problems)} Mend it, or take its folder out of {ErrorText.Quote(folder)}.");
    }

    private static List<string> Folders(string folder)
    {
        try
        {
            return [.. Directory.GetDirectories(Path.GetFullPath(folder)).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InferenceException(ErrorCode.LoadFailed, $"the plug-in folder {ErrorText.Quote(folder)} cannot be read: {e.Message.TrimEnd('.')}. Set Inference:Plugins:Path to an existing folder, or to nothing.", e);
        }
    }
}
