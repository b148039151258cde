using System.Text;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Components;

/// <summary>Makes components from options as a manifest has them, and tensors to try them on.</summary>
internal static class ComponentHost
{
    public static IPreprocessor Preprocessor(IPreprocessorFactory factory, TensorSpec input, string yaml, TempFolder? folder = null) =>
        factory.Create(Context([input], [], yaml, folder));

    public static IPostprocessor Postprocessor(IPostprocessorFactory factory, TensorSpec output, string yaml, TempFolder? folder = null) =>
        factory.Create(Context([], [output], yaml, folder));

    public static ComponentContext Context(IEnumerable<TensorSpec> inputs, IEnumerable<TensorSpec> outputs, string yaml, TempFolder? folder = null) => new(
        ModelSpec.Create(inputs, outputs, "test"),
        new OptionReader(YamlReader.Read(yaml, "m/1/pipeline.yaml")),
        new ArtefactFolder(folder?.Path ?? Path.GetTempPath()));

    public static IReadOnlyList<string> Mistakes(Action create) => Assert.Throws<ManifestException>(create)!.Errors;

    public static string Refusal(ErrorCode code, Action process)
    {
        var error = Assert.Throws<InferenceException>(process)!;
        Assert.That(error.Code, Is.EqualTo(code));
        return error.Message;
    }

    public static TensorSpec Spec(string name, TensorType type, params long[] dimensions) => new(name, type, [.. dimensions]);

    public static TensorSet With(this TensorSet set, string name, params float[] values) =>
        set.Add(name, Tensor.From<float>(TensorType.Float32, TensorShape.Of(values.Length), values));

    public static TensorSet With(this TensorSet set, string name, params string[] values) =>
        set.With(name, [.. values.Select(Encoding.UTF8.GetBytes)]);

    public static TensorSet With(this TensorSet set, string name, params byte[][] values)
    {
        var builder = new BytesTensorBuilder();
        foreach (var value in values)
            builder.Add(value);
        return set.Add(name, builder.Build(TensorShape.Of(values.Length), name));
    }

    public static float[] Floats(this TensorSet set, string name) => set.Get(name).AsSpan<float>().ToArray();

    public static string[] Texts(this TensorSet set, string name)
    {
        var texts = new List<string>();
        foreach (var element in set.Get(name).BytesElements())
            texts.Add(Encoding.UTF8.GetString(element));
        return [.. texts];
    }
}
