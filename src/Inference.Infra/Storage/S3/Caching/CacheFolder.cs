using Inference.Domain;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>
/// Where downloads are kept: <c>objects/</c> for whole ones, <c>partial/</c> for those under way, <c>processes/</c> for what
/// belongs to one server. Servers may share it. Immutable.
/// </summary>
internal sealed class CacheFolder
{
    private const int ShardLength = 2;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private CacheFolder(string path)
    {
        (Path, Objects) = (path, System.IO.Path.Combine(path, "objects"));
        (Partial, Processes) = (System.IO.Path.Combine(path, "partial"), System.IO.Path.Combine(path, "processes"));
    }

    public string Path { get; }

    public string Objects { get; }

    public string Partial { get; }

    public string Processes { get; }

    /// <summary>Opens the folder, which is made where it is not there.</summary>
    /// <param name="path">Empty for the usual one.</param>
    /// <exception cref="StoreException">Local: it cannot be used.</exception>
    public static CacheFolder Open(string path)
    {
        var isUsual = path.Length == 0;
        var folder = new CacheFolder(isUsual ? System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"inference-cache-{Environment.UserName}") : System.IO.Path.GetFullPath(path));
        try
        {
            Create(folder.Path);

            // Others may write to the folder for temporary files, and what serves must not come from them.
            if (isUsual && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(folder.Path) & WritableByOthers) != 0)
                throw new StoreException(StoreFailure.Local, $"the folder {ErrorText.Quote(folder.Path)} for downloaded models can be written by others; remove it, or set Repository:S3:CachePath to a folder of the server's own.");
            foreach (var part in new[] { folder.Objects, folder.Partial, folder.Processes })
                Create(part);
            return folder;
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            throw Unusable(e, folder.Path);
        }
    }

    /// <summary>The id of the object that a file is named after.</summary>
    public static string IdOf(string fileName) => fileName.Split('-', '.')[0];

    /// <summary>Folder of the files of an object, which need not be there.</summary>
    public string ShardOf(string id) => System.IO.Path.Combine(Objects, id[..ShardLength]);

    /// <summary>The files that hold an object, or say so.</summary>
    public IEnumerable<string> Files(string id) => Directory.Exists(ShardOf(id)) ? Directory.EnumerateFiles(ShardOf(id), id + "-*") : [];

    /// <summary>True where an object is here, as far as its size tells.</summary>
    public bool Has(string id, long size) => Files(id).Any(f => new FileInfo(f) is { Exists: true } info && info.Length == size);

    /// <summary>What could not be written, as a failure with its remedy.</summary>
    public static StoreException Unusable(Exception cause, string path) => new(
        StoreFailure.Local,
        $"downloaded models cannot be kept in {ErrorText.Quote(path)}: {ErrorText.Bound(cause.Message.TrimEnd('.'))}. Set Repository:S3:CachePath to a folder that the server may write, with room for Repository:S3:CacheBytes.",
        cause);

    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, Private);
    }
}
