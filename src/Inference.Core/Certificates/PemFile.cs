namespace Inference.Core.Certificates;

/// <summary>The text of a file in PEM, and what named it.</summary>
/// <param name="Option">What named it, as the person who is to mend it knows it.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Text">What was in it.</param>
public sealed record PemFile(string Option, string Path, string Text)
{
    // A bundle of all public authorities has a quarter of it.
    private const int MostBytes = 1 << 20;

    /// <summary>Reads a file.</summary>
    /// <exception cref="PemException">It cannot be read.</exception>
    public static PemFile Read(string option, string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MostBytes)
                throw new PemException($"{option} is '{path}', which has {file.Length} bytes; expected a file in PEM of at most {MostBytes}.");
            using var reader = new StreamReader(file);
            return new PemFile(option, path, reader.ReadToEnd());
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PemException($"{option} is '{path}'; there is no such file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = Directory.Exists(path) ? "that is a folder" : e is UnauthorizedAccessException ? "this process may not read it" : e.Message;
            throw new PemException($"{option} is '{path}', which cannot be read: {why.TrimEnd('.')}; expected a file in PEM.", e);
        }
    }

    /// <summary>An error about this file.</summary>
    public PemException Wrong(string what, Exception? inner = null) => new($"{Option} is '{Path}'{what}", inner);
}
