namespace Inference.Infra.OnnxRuntime.External;

/// <summary>
/// Takes a model with external data apart: the files that its initializers lie in, which the runtime is given as they are, and
/// tensors in other places, which the runtime takes from files alone, and whose data are therefore written into the model.
/// </summary>
/// <param name="files">Reads the data.</param>
internal sealed class ExternalTensors(ExternalFiles files)
{
    /// <summary>The model with nothing but initializers of its graph left outside; those are noted in the files.</summary>
    /// <exception cref="InvalidDataException">The model, or what it says of its data, cannot be understood.</exception>
    public byte[] Rewrite(byte[] model) => Rewrite(model, OnnxMessage.Model, 0) ?? model;

    // Null where nothing changes.
    private byte[]? Rewrite(ReadOnlySpan<byte> message, OnnxMessage kind, int depth)
    {
        if (depth > OnnxSchema.MostDepth)
            throw new InvalidDataException("its graphs are nested too deeply");
        if (kind is OnnxMessage.Initializer or OnnxMessage.Tensor)
            return Rewrite(message, kind);
        WireOutput? output = null;
        var copied = 0;
        var reader = new WireSpan(message);
        while (reader.Next())
        {
            if (!reader.IsMessage || OnnxSchema.Child(kind, reader.Field) is not (var child and not OnnxMessage.Other) || Rewrite(reader.Value, child, depth + 1) is not { } changed)
                continue;
            output ??= new WireOutput(message.Length + changed.Length);
            output.Verbatim(message[copied..reader.Start]);
            output.Bytes(reader.Field, changed);
            copied = reader.End;
        }

        output?.Verbatim(message[copied..]);
        return output?.ToArray();
    }

    private byte[]? Rewrite(ReadOnlySpan<byte> tensor, OnnxMessage kind)
    {
        if (TensorHeader.Read(tensor) is not { } header)
            return null;
        if (kind == OnnxMessage.Tensor)
            return TensorHeader.Inline(tensor, files.Read(header));
        files.Note(header);
        return null;
    }
}
