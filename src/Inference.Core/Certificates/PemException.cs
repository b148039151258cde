namespace Inference.Core.Certificates;

/// <summary>A file with a certificate, a key or authorities cannot be used; the message names what asked for it, the file and the remedy.</summary>
public sealed class PemException : Exception
{
    /// <summary>Creates it.</summary>
    public PemException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
