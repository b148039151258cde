using Inference.Domain;

namespace Inference.Infra.SharedMemory;

/// <summary>
/// Names of shared memory objects that clients may give: a plain file name, so that no key leads out of the folder of such
/// objects or to what is no such object. Pure.
/// </summary>
internal static class ObjectKey
{
    /// <summary>Where Linux has shared memory objects.</summary>
    public const string Folder = "/dev/shm";

    private const int Longest = 255;
    private const string SemaphorePrefix = "sem.";

    /// <summary>The object's path.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public static string ToPath(string key, string prefix)
    {
        var name = key.StartsWith('/') ? key[1..] : key;
        var why = name switch
        {
            "" => "it is empty",
            { Length: > Longest } => $"it has more than {Longest} characters",
            _ when !name.All(IsPlain) => "letters, digits, '.', '_' and '-' are accepted, after at most one '/' in front",
            _ when name[0] == '.' => "it begins with a dot",
            _ when name.StartsWith(SemaphorePrefix, StringComparison.Ordinal) => "it is that of a semaphore",
            _ when !name.StartsWith(prefix, StringComparison.Ordinal) => $"this server takes only names that begin with '{prefix}' (SharedMemory:KeyPrefix)",
            _ => null,
        };
        return why is null
            ? $"{Folder}/{name}"
            : throw InferenceException.InvalidArgument($"key {ErrorText.Quote(key)} is not a name of a shared memory object that may be registered: {why}.");
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';
}
