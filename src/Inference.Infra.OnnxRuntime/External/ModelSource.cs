using Inference.Domain;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.External;

/// <summary>
/// What sessions of one artefact are opened from. Files with external data are read into memory first: the runtime would map
/// them, and whoever then wrote to such a file would change the model that serves, or end the process by cutting the file
/// off. May be used for several sessions, one after the other; needed no more once they are open.
/// </summary>
internal sealed class ModelSource : IDisposable
{
    private readonly string _path;
    private readonly byte[]? _model;
    private readonly List<FileImage> _images = [];

    private ModelSource(string path, byte[]? model) => (_path, _model) = (path, model);

    /// <summary>Reads what is outside of the artefact.</summary>
    /// <exception cref="InferenceException">LoadFailed with the reason.</exception>
    public static ModelSource Read(string path, string label)
    {
        try
        {
            return ExternalDataScan.Find(path) ? ReadAll(path) : new ModelSource(path, null);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw new InferenceException(ErrorCode.LoadFailed, ErrorText.Bound($"{label} cannot be loaded: its file is damaged; copy or export it again. ({e.Message})"), e);
        }
        catch (Exception e) when (e is InferenceException or IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            throw new InferenceException(ErrorCode.LoadFailed, ErrorText.Bound($"{label} cannot be loaded: its external data cannot be used; they must be files within the model's folder, named by a relative path. ({Reason(e)})"), e);
        }
    }

    /// <summary>Opens a session; blocks while the runtime loads the model.</summary>
    public InferenceSession Open(SessionOptions options)
    {
        if (_model is null)
            return new InferenceSession(_path, options);
        foreach (var image in _images)
            image.AddTo(options);
        return new InferenceSession(_model, options);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var image in _images)
            image.Dispose();
    }

    private static ModelSource ReadAll(string path)
    {
        using var files = new ExternalFiles(Path.GetDirectoryName(path) ?? string.Empty);
        var source = new ModelSource(path, new ExternalTensors(files).Rewrite(File.ReadAllBytes(path)));
        try
        {
            foreach (var name in files.Noted)
                source._images.Add(new FileImage(files, name));
            files.RequireUnchanged();
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static string Reason(Exception e) => e switch
    {
        InferenceException => e.Message,
        OutOfMemoryException => "there is not enough memory for them",
        _ => $"a file cannot be read: {e.GetType().Name}",
    };
}
