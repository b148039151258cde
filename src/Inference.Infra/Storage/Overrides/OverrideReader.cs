using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage.Overrides;

/// <summary>Reads a model whose files all come with the call that loads it.</summary>
internal static class OverrideReader
{
    private const string FolderPrefix = "inference-model-";
    private const string ModelName = "model";

    /// <summary>Writes the files into a private folder, which only this user may enter, and reads the model from there.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="replaced">Configuration and files.</param>
    /// <param name="defaults">What holds for execution where the configuration says nothing.</param>
    /// <exception cref="InferenceException">InvalidArgument for names that cannot be; LoadFailed where the files cannot be written.</exception>
    public static OverriddenModel Read(string name, ModelOverride replaced, ExecutionOptions defaults)
    {
        if (name.Length == 0 || name[0] == '.' || name.Contains('/', StringComparison.Ordinal) || name.Contains('\\', StringComparison.Ordinal))
            throw InferenceException.InvalidArgument($"{ErrorText.Quote(name)} cannot be a model's name; expected one without slashes that does not begin with a dot.");
        var folder = new TemporaryFolder(FolderPrefix);
        try
        {
            var model = Path.Combine(folder.Path, ModelName);
            OverrideFiles.Write(model, replaced.Files);
            var context = new RepositoryContext(ArtefactFolder.RealPath(folder.Path), defaults) { Configuration = replaced.Configuration };
            var stored = ModelFolder.Read(new SubFolder(name, model, string.Empty), context);
            return new OverriddenModel(StampedModel.Create(stored, model, string.Empty), folder);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            folder.Dispose();
            throw new InferenceException(ErrorCode.LoadFailed, $"the files of model {ErrorText.Quote(name)} cannot be written to the server's temporary folder: {ReadError.Describe(e)}", e);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }
}
