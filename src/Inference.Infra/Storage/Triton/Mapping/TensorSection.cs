using System.Collections.Immutable;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Shapes;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary>Inputs or outputs: types, dimensions, other shapes for clients than for the model, labels.</summary>
internal sealed class TensorSection
{
    private readonly ConfigContext _config;
    private readonly bool _rowsImplied;
    private readonly List<DeclaredTensor> _tensors = [];
    private readonly List<KeyValuePair<string, OptionNode>> _shapes = [];

    private TensorSection(ConfigContext config, bool rowsImplied)
    {
        _config = config;
        _rowsImplied = rowsImplied;
    }

    /// <summary>What is said of each, in the order written.</summary>
    public ImmutableArray<DeclaredTensor> Tensors => [.. _tensors];

    /// <summary>Reads the field <paramref name="key"/>.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="key"><c>input</c> or <c>output</c>.</param>
    /// <param name="rowsImplied">Dimensions leave the rows out.</param>
    public static TensorSection Read(ConfigContext config, string key, bool rowsImplied)
    {
        var section = new TensorSection(config, rowsImplied);
        foreach (var tensor in config.Root.Sections(key))
            section.Add(tensor);
        return section;
    }

    /// <summary>The component that gives tensors their other shape; the one that changes nothing where none has one.</summary>
    /// <param name="option">Name of its option.</param>
    public ComponentManifest Component(string option)
    {
        var at = _config.Root.Location;
        if (_shapes.Count == 0)
            return ComponentManifest.Passthrough(at.File);
        var shapes = OptionNode.Section(_shapes, at);
        return new ComponentManifest(ReshapeInputsFactory.ComponentName, OptionNode.Section([new(option, shapes)], at), at);
    }

    private void Add(OptionReader tensor)
    {
        var name = tensor.RequiredText("name");
        if (_tensors.Any(t => t.Name == name))
            tensor.Error("name", $"is {ErrorText.Quote(name)}, which stands twice; each tensor may stand once.");
        var dims = tensor.Sizes("dims");
        var reshape = tensor.Find("reshape") is null ? dims : tensor.Section("reshape").Sizes("shape");
        CheckReshape(tensor, name, dims, reshape);
        CheckFlags(tensor, name);
        _tensors.Add(new DeclaredTensor(name, tensor.Location)
        {
            Type = Type(tensor),
            Dimensions = tensor.Has("reshape") || dims.Length > 0 ? reshape : null,
            Labels = LabelFile.Read(_config, tensor),
        });
    }

    private void CheckReshape(OptionReader tensor, string name, ImmutableArray<long> dims, ImmutableArray<long> reshape)
    {
        if (tensor.Find("reshape") is not { } written || dims.AsSpan().SequenceEqual(reshape.AsSpan()))
            return;
        if (ShapeRule.Misfit(dims.AsSpan(), reshape.AsSpan()) is { } misfit)
        {
            tensor.Error("reshape", $"is {ErrorText.Shape(reshape.AsSpan())}, but dims are {ErrorText.Shape(dims.AsSpan())}: {misfit}.");
            return;
        }

        _shapes.Add(new(name, Numbers.List(_rowsImplied ? [TensorSpec.Any, .. dims] : dims, written.Location)));
        _config.Note($"{ErrorText.Quote(name)}: clients see {ErrorText.Shape(dims.AsSpan())}, the model {ErrorText.Shape(reshape.AsSpan())}{(_rowsImplied ? ", both behind the batch axis" : string.Empty)}");
    }

    private void CheckFlags(OptionReader tensor, string name)
    {
        if (tensor.Flag("allow_ragged_batch", false))
            _config.Refuse(tensor.Find("allow_ragged_batch")!.Location, $"allow_ragged_batch of {ErrorText.Quote(name)} is not supported: requests of different shapes are not laid one behind the other, so that answers would differ; take it out, and requests of the same shapes share runs.");
        if (tensor.Flag("optional", false))
            _config.Warn($"{tensor.Find("optional")!.Location}: optional of {ErrorText.Quote(name)} has no effect: each request must give every input.");
        if (tensor.Flag("is_shape_tensor", false))
            _config.Warn($"{tensor.Find("is_shape_tensor")!.Location}: is_shape_tensor of {ErrorText.Quote(name)} has no effect: ONNX models take shapes as tensors like others.");
        if (tensor.Flag("is_non_linear_format_io", false))
            _config.Warn($"{tensor.Find("is_non_linear_format_io")!.Location}: is_non_linear_format_io of {ErrorText.Quote(name)} has no effect: tensors are row-major.");
    }

    private static TensorType? Type(OptionReader tensor)
    {
        const string prefix = "TYPE_";
        var word = tensor.Text("data_type", string.Empty);
        if (word == "TYPE_STRING")
            return TensorType.Bytes;
        return word.StartsWith(prefix, StringComparison.Ordinal) && TensorTypeExtensions.TryParse(word[prefix.Length..], out var type) ? type : null;
    }
}
