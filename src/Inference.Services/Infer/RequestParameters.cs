using System.Diagnostics;
using System.Globalization;
using Inference.Domain;

namespace Inference.Services.Infer;

/// <summary>
/// The request parameters that mean something to the server, checked. Others are the client's own and pass unread, but names
/// that begin with <c>triton_</c> are reserved.
/// </summary>
/// <param name="Priority">1 is the highest; 0 is the model's default.</param>
/// <param name="QueueTimeout">How long the request may wait for a lane; null for as long as its deadline.</param>
/// <param name="EmptyFinalResponse">A stream wants to be told which response is the last, by an empty one where a model answers more than once.</param>
/// <param name="Timings">The response tells how long its stages took.</param>
internal readonly record struct RequestParameters(ulong Priority, TimeSpan? QueueTimeout, bool EmptyFinalResponse, bool Timings)
{
    /// <summary>Name of the parameter behind <see cref="EmptyFinalResponse"/>.</summary>
    public const string EmptyFinal = "triton_enable_empty_final_response";

    private const string ReservedPrefix = "triton_";

    /// <summary>Reads and checks them.</summary>
    /// <exception cref="InferenceException">InvalidArgument, naming the parameter, its value and what is expected.</exception>
    public static RequestParameters Read(IReadOnlyDictionary<string, object> parameters)
    {
        if (parameters.Count == 0)
            return default;
        ulong priority = 0;
        TimeSpan? timeout = null;
        var (emptyFinal, timings) = (false, false);
        foreach (var (name, value) in parameters)
        {
            switch (name)
            {
                case "priority":
                    priority = Unsigned(name, value);
                    break;
                case "timeout":
                    timeout = Timeout(value);
                    break;
                case "sequence_id":
                    SequenceId(value);
                    break;
                case "sequence_start" or "sequence_end":
                    Flag(name, value);
                    break;
                case EmptyFinal:
                    emptyFinal = Flag(name, value);
                    break;
                case "timings":
                    timings = Flag(name, value);
                    break;
                case "shared_memory_region" or "shared_memory_byte_size" or "shared_memory_offset":
                    throw InferenceException.InvalidArgument($"parameter '{name}' stands at a tensor, not at the request.");
                default:
                    if (name.StartsWith(ReservedPrefix, StringComparison.Ordinal))
                        throw InferenceException.InvalidArgument($"parameter {ErrorText.Quote(name)} is reserved; of the names that begin with '{ReservedPrefix}' only '{EmptyFinal}' is known.");
                    break;
            }
        }

        return new RequestParameters(priority, timeout, emptyFinal, timings);
    }

    private static TimeSpan? Timeout(object value)
    {
        var microseconds = Unsigned("timeout", value);
        if (microseconds == 0)
            return null;
        var most = (ulong)(TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond);
        return TimeSpan.FromMicroseconds(Math.Min(microseconds, most / 2));
    }

    private static void SequenceId(object value)
    {
        if (value is not (long or ulong or string))
            throw Wrong("sequence_id", value, "a whole number or a string");
    }

    private static ulong Unsigned(string name, object value) => value switch
    {
        ulong number => number,
        long number and >= 0 => (ulong)number,
        _ => throw Wrong(name, value, "a whole number of at least 0"),
    };

    private static bool Flag(string name, object value) => value is bool flag ? flag : throw Wrong(name, value, "true or false");

    private static InferenceException Wrong(string name, object value, string expected)
    {
        Debug.Assert(value is not null, "parameters have values");
        return InferenceException.InvalidArgument(
            $"parameter '{name}' is {ErrorText.Quote(Convert.ToString(value, CultureInfo.InvariantCulture))} ({value.GetType().Name}); expected {expected}.");
    }
}
