namespace Inference.Infra.Storage.Triton.Schema;

/// <summary>What a model's configuration may say: the message of that name in the protocol's contract.</summary>
internal static class ModelConfigSchema
{
    private static readonly Lazy<MessageSchema> Read = new(() =>
    {
        using var stream = typeof(ModelConfigSchema).Assembly.GetManifestResourceStream("open_inference.proto")!;
        using var reader = new StreamReader(stream);
        return ContractReader.Read(reader.ReadToEnd())["ModelConfig"];
    });

    /// <summary>The message.</summary>
    public static MessageSchema Message => Read.Value;
}
