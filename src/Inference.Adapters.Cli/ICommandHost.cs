using Inference.Core.Configuration;
using Inference.Domain;
using Inference.Services.Infer;
using Inference.Services.Metadata;
using Inference.Services.Repository;

namespace Inference.Adapters.Cli;

/// <summary>
/// What commands need of the composed program. Configuration arguments are pairs such as
/// <c>--Inference:Server:GrpcPort=9001</c>, ready for the command-line configuration provider; where a key stands twice, the
/// later one holds. Logs go to standard error, so that standard output holds answers alone.
/// </summary>
public interface ICommandHost
{
    /// <summary>Runs the server until it is told to stop, by signal or by <paramref name="cancellation"/>.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="ConfigurationException">Every mistake in the configuration.</exception>
    Task<int> ServeAsync(string[] configurationArguments, CancellationToken cancellation);

    /// <summary>Loads the configured repository in this process, without listening anywhere.</summary>
    /// <returns>The engine; every version is Ready or Failed. Owned by the caller.</returns>
    /// <exception cref="ConfigurationException">Every mistake in the configuration.</exception>
    /// <exception cref="InferenceException">LoadFailed where the repository as a whole cannot be read.</exception>
    Task<ILocalEngine> OpenAsync(string[] configurationArguments, CancellationToken cancellation);
}

/// <summary>The services over a repository that is loaded in this process. Disposing of it unloads everything.</summary>
public interface ILocalEngine : IAsyncDisposable
{
    /// <summary>Answers inference requests.</summary>
    InferenceService Inference { get; }

    /// <summary>Tells the versions and their states.</summary>
    RepositoryService Repository { get; }

    /// <summary>Tells what pipelines take and give.</summary>
    MetadataService Metadata { get; }
}
