namespace Inference.Infra.Storage;

/// <summary>
/// Why something of the repository could not be read, with a remedy. The system's own texts hold absolute paths of the
/// server, and what is wrong with a model is told to clients.
/// </summary>
internal static class ReadError
{
    /// <summary>True for what the file system throws.</summary>
    public static bool Is(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>The kind of the error and what to do, without paths.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        UnauthorizedAccessException => "the server has no permission; give the user that it runs as the right to read it, and to enter the folders above it.",
        FileNotFoundException or DirectoryNotFoundException => "it is not there any more, or is a link to nothing; put it back, or take what is left of it away.",
        PathTooLongException => "its path is too long; shorten the names of folders and files.",
        _ => $"the file system gave an error (code {exception.HResult}); check its links, and the disk or mount that it lies on.",
    };
}
