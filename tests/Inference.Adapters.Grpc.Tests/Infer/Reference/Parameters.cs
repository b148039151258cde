using System.Collections.Frozen;
using Google.Protobuf.Collections;
using Inference.Adapters.Protocol;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>Parameters of requests and tensors to plain values.</summary>
internal static class Parameters
{
    /// <summary>Most parameters of a request or a tensor; far above what anybody sends, low enough to bound work.</summary>
    public const int Most = 1024;

    /// <summary>The parameters of a request: bool, long, ulong, double or string by name.</summary>
    /// <exception cref="InferenceException">InvalidArgument for too many of them or one without a value.</exception>
    public static IReadOnlyDictionary<string, object> Decode(MapField<string, InferParameter> parameters)
    {
        if (parameters.Count == 0)
            return FrozenDictionary<string, object>.Empty;
        CheckCount("the request", parameters.Count);
        var values = new Dictionary<string, object>(parameters.Count, StringComparer.Ordinal);
        foreach (var (name, parameter) in parameters)
            values.Add(name, Value("the request", name, parameter));
        return values;
    }

    /// <summary>Checks the parameters of a tensor, which say nothing of shared memory; those without a meaning here are the client's own and pass unread.</summary>
    /// <exception cref="InferenceException">InvalidArgument as in <see cref="Decode"/>.</exception>
    public static void CheckTensor(string owner, MapField<string, InferParameter> parameters)
    {
        CheckCount(owner, parameters.Count);
        foreach (var (name, parameter) in parameters)
        {
            Value(owner, name, parameter);
        }
    }

    /// <summary>A plain value as a parameter.</summary>
    public static InferParameter Encode(object value) => value switch
    {
        bool flag => new InferParameter { BoolParam = flag },
        long number => new InferParameter { Int64Param = number },
        ulong number => new InferParameter { Uint64Param = number },
        double number => new InferParameter { DoubleParam = number },
        string text => new InferParameter { StringParam = text },
        _ => throw new ArgumentException($"a parameter cannot be a {value.GetType().Name}.", nameof(value)),
    };

    private static object Value(string owner, string name, InferParameter parameter) => parameter.ParameterChoiceCase switch
    {
        InferParameter.ParameterChoiceOneofCase.BoolParam => parameter.BoolParam,
        InferParameter.ParameterChoiceOneofCase.Int64Param => parameter.Int64Param,
        InferParameter.ParameterChoiceOneofCase.Uint64Param => parameter.Uint64Param,
        InferParameter.ParameterChoiceOneofCase.DoubleParam => parameter.DoubleParam,
        InferParameter.ParameterChoiceOneofCase.StringParam => parameter.StringParam,
        _ => throw InferenceException.InvalidArgument(
            $"parameter {ErrorText.Quote(name)} of {owner} has no value; set one of bool_param, int64_param, uint64_param, double_param and string_param."),
    };

    private static void CheckCount(string owner, int count)
    {
        if (count > Most)
            throw InferenceException.InvalidArgument($"{owner} has {count} parameters; at most {Most} are accepted.");
    }
}
