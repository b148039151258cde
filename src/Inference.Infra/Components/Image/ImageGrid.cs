using System.Numerics;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Image;

/// <summary>Images become the model's values, scaled and in the model's layout.</summary>
internal sealed class ImageGrid : IPreprocessor
{
    private readonly ImageOptions _options;

    public ImageGrid(ImageOptions options)
    {
        _options = options;
        Inputs = [options.External];
        Outputs = [options.Output];
    }

    public IReadOnlyList<TensorSpec> Inputs { get; }

    public IReadOnlyList<TensorSpec> Outputs { get; }

    public bool HasBatchAxis => true;

    public TensorSet Process(TensorSet inputs)
    {
        var images = inputs.Get(_options.Input);
        var dimensions = ImageOptions.Dimensions(_options.Layout, images.Shape[0], _options.Height, _options.Width, _options.Channels);
        var values = Tensor.Allocate(_options.Output.Type, TensorShape.Of(dimensions.AsSpan()));
        try
        {
            switch (_options.Output.Type)
            {
                case TensorType.Float64: Fill(images, values.Mutable<double>()); break;
                case TensorType.Float16: Fill(images, values.Mutable<Half>()); break;
                default: Fill(images, values.Mutable<float>()); break;
            }

            return new TensorSet(1).Add(_options.Output.Name, values);
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    private void Fill<T>(Tensor images, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (images.Type == TensorType.Bytes)
            FillEncoded(images, values);
        else if (images.Type == TensorType.UInt8)
            FillNumbers(images.AsSpan<byte>(), values);
        else
            FillNumbers(images.AsSpan<float>(), values);
    }

    private void FillNumbers<TFrom, T>(ReadOnlySpan<TFrom> pixels, Span<T> values)
        where TFrom : unmanaged, INumberBase<TFrom>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var at = 0; at < pixels.Length; at += _options.Values)
            _options.Scaling.Apply(pixels.Slice(at, _options.Values), values.Slice(at, _options.Values));
    }

    private void FillEncoded<T>(Tensor images, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var row = 0;
        foreach (var file in images.BytesElements())
        {
            var target = values.Slice(row * _options.Values, _options.Values);
            var image = ImageDecoder.Decode(file, _options, row++);
            if (image.Height == _options.Height && image.Width == _options.Width)
                _options.Scaling.Apply<byte, T>(image.Pixels, target);
            else
                _options.Scaling.Apply<float, T>(Bilinear.Resize(image.Pixels, image.Height, image.Width, _options.Height, _options.Width, _options.Channels), target);
        }
    }
}
