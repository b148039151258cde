using System.Collections.Frozen;
using Inference.Domain;
using Inference.Domain.SharedMemory;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>Checks the parameters of requests and tensors, as they were read: those without a value are null.</summary>
internal static class Parameters
{
    /// <summary>Most parameters of a request or a tensor; far above what anybody sends, low enough to bound work.</summary>
    public const int Most = 1024;

    /// <summary>The parameters of a request: bool, long, ulong, double or string by name.</summary>
    /// <exception cref="InferenceException">InvalidArgument for too many of them or one without a value.</exception>
    public static IReadOnlyDictionary<string, object> OfRequest(Dictionary<string, object?>? parameters)
    {
        if (parameters is null)
            return FrozenDictionary<string, object>.Empty;
        const string owner = "the request";
        CheckCount(owner, parameters.Count);
        foreach (var (name, value) in parameters)
            CheckValue(owner, name, value);
        return parameters!;
    }

    /// <summary>Checks the parameters of a tensor; those without a meaning here are the client's own and pass unread.</summary>
    /// <returns>Where in shared memory the tensor's data is; null where it is in the message.</returns>
    /// <exception cref="InferenceException">InvalidArgument as in <see cref="OfRequest"/>, or for a wrong place in shared memory.</exception>
    public static SharedLocation? CheckTensor(string owner, Dictionary<string, object?> parameters)
    {
        CheckCount(owner, parameters.Count);
        foreach (var (name, value) in parameters)
        {
            CheckValue(owner, name, value);
        }

        return SharedParameters.Read(owner, parameters);
    }

    private static void CheckValue(string owner, string name, object? value)
    {
        if (value is null)
        {
            throw InferenceException.InvalidArgument(
                $"parameter {ErrorText.Quote(name)} of {owner} has no value; set one of bool_param, int64_param, uint64_param, double_param and string_param.");
        }
    }

    private static void CheckCount(string owner, int count)
    {
        if (count > Most)
            throw InferenceException.InvalidArgument($"{owner} has {count} parameters; at most {Most} are accepted.");
    }
}
