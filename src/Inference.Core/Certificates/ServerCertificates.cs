using Inference.Core.Configuration;

namespace Inference.Core.Certificates;

/// <summary>The server's certificate as it is now. Handshakes take what they find; thread-safe.</summary>
public sealed class ServerCertificates
{
    private readonly TlsOptions _options;
    private volatile TlsMaterial _current;

    private ServerCertificates(TlsOptions options, TlsMaterial current) => (_options, _current) = (options, current);

    internal TlsMaterial Current => _current;

    /// <summary>Time between looks at the files; zero for never.</summary>
    internal TimeSpan Period => TimeSpan.FromSeconds(_options.ReloadSeconds);

    /// <summary>Reads the files that the options name; null where TLS is off.</summary>
    /// <exception cref="ConfigurationException">Every mistake in the files.</exception>
    public static ServerCertificates? Load(TlsOptions options, TimeProvider time) =>
        options.IsOn ? new ServerCertificates(options, TlsMaterial.Create(TlsFiles.Read(options), time.GetUtcNow())) : null;

    /// <summary>Reads the files again. One caller at a time.</summary>
    /// <returns>Whether they have changed; null where they are being changed, and should be looked at later.</returns>
    /// <exception cref="ConfigurationException">They cannot be used; what was read before stays.</exception>
    internal bool? Reload(DateTimeOffset now)
    {
        var files = TlsFiles.Read(_options);
        if (files.Fingerprint == _current.Fingerprint)
            return false;

        // A change may fall between the first file and the last, which would then be of different times.
        if (TlsFiles.Read(_options).Fingerprint != files.Fingerprint)
            return null;
        _current = TlsMaterial.Create(files, now);
        return true;
    }
}
