using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Registry;
using Kind = Inference.Adapters.Protocol.ModelRepositoryParameter.ParameterChoiceOneofCase;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>Reads and checks the calls that load and unload models.</summary>
internal static class RepositoryControlMapper
{
    private const string Dependents = "unload_dependents";
    private const string Configuration = "config";
    private const string FilePrefix = "file:";

    /// <summary>What a load brings in place of what is stored; null where it brings nothing.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public static ModelOverride? Decode(RepositoryModelLoadRequest request)
    {
        CheckRepository(request.RepositoryName);
        string? configuration = null;
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var (name, value) in request.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (name == Configuration)
                configuration = value.ParameterChoiceCase == Kind.StringParam ? value.StringParam : throw WrongKind(name, value, "string_param, the JSON of a ModelConfig");
            else if (name.StartsWith(FilePrefix, StringComparison.Ordinal))
                files.Add(name[FilePrefix.Length..], value.ParameterChoiceCase == Kind.BytesParam ? value.BytesParam.Memory : throw WrongKind(name, value, "bytes_param, the content of the file"));
            else
                throw Unknown(name, $"known here: {Configuration}, {FilePrefix}<version>/<path>");
        }

        if (configuration is not null)
            return new ModelOverride(configuration, files);
        return files.Count == 0
            ? null
            : throw InferenceException.InvalidArgument($"parameter {ErrorText.Quote(FilePrefix + files.Keys.First())} is given without parameter '{Configuration}'; files that replace the repository's need a configuration, such as {{}}.");
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
            if (value.ParameterChoiceCase != Kind.BoolParam)
                throw WrongKind(name, value, "bool_param");
        }
    }

    /// <summary>The server has one repository, which has no name.</summary>
    /// <exception cref="InferenceException">InvalidArgument for a repository by name.</exception>
    public static void CheckRepository(string name)
    {
        if (name.Length > 0)
            throw InferenceException.InvalidArgument($"repository {ErrorText.Quote(name)} is not known; the server has one repository without a name, so leave repository_name empty.");
    }

    private static InferenceException WrongKind(string name, ModelRepositoryParameter value, string expected)
    {
        var kind = value.ParameterChoiceCase switch
        {
            Kind.BoolParam => "bool_param",
            Kind.Int64Param => "int64_param",
            Kind.StringParam => "string_param",
            Kind.BytesParam => "bytes_param",
            _ => "empty",
        };
        return InferenceException.InvalidArgument($"parameter {ErrorText.Quote(name)} is {kind}; expected {expected}.");
    }

    private static InferenceException Unknown(string name, string known) =>
        InferenceException.InvalidArgument($"parameter {ErrorText.Quote(name)} is not known; {known}.");
}
