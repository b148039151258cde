using Inference.Infra.OnnxRuntime.Artefacts;

namespace Inference.Infra.OnnxRuntime.External;

/// <summary>Tells whether an ONNX file keeps data in other files, without reading its weights.</summary>
internal static class ExternalDataScan
{
    private const int DataLocation = 14;
    private const ulong External = 1;

    /// <summary>True where some tensor's data lie in another file.</summary>
    /// <exception cref="InvalidDataException">The file is no ONNX model.</exception>
    /// <exception cref="EndOfStreamException">The file is cut off.</exception>
    public static bool Find(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        return Find(new WireReader(stream), OnnxMessage.Model, 0);
    }

    private static bool Find(WireReader reader, OnnxMessage message, int depth)
    {
        if (depth > OnnxSchema.MostDepth)
            throw new InvalidDataException("its graphs are nested too deeply");
        var found = false;
        while (!found && reader.Next())
        {
            if (!reader.IsMessage)
                found = message is OnnxMessage.Tensor or OnnxMessage.Initializer && reader is { Field: DataLocation, Number: External };
            else if (OnnxSchema.Child(message, reader.Field) is var child && child == OnnxMessage.Other)
                reader.Skip();
            else
                reader.Enter(within => found = Find(within, child, depth + 1));
        }

        return found;
    }
}
