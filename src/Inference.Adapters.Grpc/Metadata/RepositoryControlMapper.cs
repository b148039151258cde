using Inference.Adapters.Protocol;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>Checks of the calls that load and unload models.</summary>
internal static class RepositoryControlMapper
{
    private const string Dependents = "unload_dependents";

    /// <summary>Checks a load: what a model is stands in the repository, not in the call.</summary>
    /// <exception cref="InferenceException">InvalidArgument, or NotSupported for content in the call.</exception>
    public static void Check(RepositoryModelLoadRequest request)
    {
        CheckRepository(request.RepositoryName);
        foreach (var name in request.Parameters.Keys.Order(StringComparer.Ordinal))
        {
            throw name == "config" || name.StartsWith("file:", StringComparison.Ordinal)
                ? new InferenceException(ErrorCode.NotSupported, $"parameter {ErrorText.Quote(name)} cannot be used: models are loaded as they are in the repository. Put the files there, then load the model without it.")
                : Unknown(name, "none is known here");
        }
    }

    /// <summary>Checks an unload. No model needs another, so that there are no dependents to unload.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public static void Check(RepositoryModelUnloadRequest request)
    {
        CheckRepository(request.RepositoryName);
        foreach (var (name, value) in request.Parameters)
        {
            if (name != Dependents)
                throw Unknown(name, $"known here: {Dependents}");
            if (value.ParameterChoiceCase != ModelRepositoryParameter.ParameterChoiceOneofCase.BoolParam)
                throw InferenceException.InvalidArgument($"parameter '{Dependents}' is {value.ParameterChoiceCase}; expected bool_param.");
        }
    }

    /// <summary>The server has one repository, which has no name.</summary>
    /// <exception cref="InferenceException">InvalidArgument for a repository by name.</exception>
    public static void CheckRepository(string name)
    {
        if (name.Length > 0)
            throw InferenceException.InvalidArgument($"repository {ErrorText.Quote(name)} is not known; the server has one repository without a name, so leave repository_name empty.");
    }

    private static InferenceException Unknown(string name, string known) =>
        InferenceException.InvalidArgument($"parameter {ErrorText.Quote(name)} is not known; {known}.");
}
