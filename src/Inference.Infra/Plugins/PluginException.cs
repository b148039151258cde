namespace Inference.Infra.Plugins;

/// <summary>Why a plug-in cannot be used, without a full stop.</summary>
internal sealed class PluginException : Exception
{
    public PluginException(string message)
        : base(message.TrimEnd('.'))
    {
    }

    public PluginException(string message, Exception innerException)
        : base(message.TrimEnd('.'), innerException)
    {
    }
}
