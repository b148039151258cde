using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage;

/// <summary>
/// Models in a directory of the local file system: <c>&lt;directory&gt;/&lt;name&gt;/&lt;version&gt;/</c>, with an optional
/// <c>model.yaml</c> beside the versions and an optional <c>pipeline.yaml</c> in each. Every listing reads the directory
/// anew. Thread-safe.
/// </summary>
public sealed class LocalModelRepository : IModelRepository
{
    private readonly ExecutionOptions _defaults;

    /// <summary>Creates it; nothing is read yet.</summary>
    /// <param name="directory">The directory, absolute or relative to the process's.</param>
    /// <param name="defaults">What holds for execution where a manifest says nothing.</param>
    public LocalModelRepository(string directory, ExecutionOptions defaults)
    {
        Location = Path.GetFullPath(directory);
        _defaults = defaults;
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation) =>
        new(Task.Run<IReadOnlyList<StoredModel>>(() => List(cancellation), cancellation));

    private StoredModel[] List(CancellationToken cancellation)
    {
        if (!Directory.Exists(Location))
            throw Unreadable(File.Exists(Location) ? "it is a file, not a directory" : "there is no such directory", null);
        try
        {
            var context = new RepositoryContext(ArtefactFolder.RealPath(Location), _defaults);
            var folders = SubFolders.Of(Location, context.RealRoot);
            var models = new StoredModel[folders.Count];
            for (var i = 0; i < models.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                models[i] = ModelFolder.Read(folders[i], context);
            }

            return models;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(e.Message, e);
        }
    }

    private InferenceException Unreadable(string why, Exception? cause)
    {
        var text = $"the model repository {ErrorText.Quote(Location)} cannot be read: {why.TrimEnd('.')}. Set Inference:Repository:Path to a directory that the server may read.";
        return cause is null ? new InferenceException(ErrorCode.LoadFailed, text) : new InferenceException(ErrorCode.LoadFailed, text, cause);
    }
}
