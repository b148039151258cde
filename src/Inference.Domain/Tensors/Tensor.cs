using System.Runtime.InteropServices;
using Inference.Domain.SharedMemory;

namespace Inference.Domain.Tensors;

/// <summary>
/// Elements of one type in a contiguous buffer, row-major, little-endian, without padding. Holds one reference to its
/// buffer, which <see cref="Dispose"/> gives back; after that the data must not be read. Reading is thread-safe; writing
/// through <see cref="Mutable{T}"/> is for whoever made the tensor, before it is handed on.
/// </summary>
public sealed class Tensor : IDisposable
{
    private TensorBuffer? _buffer;

    private Tensor(TensorType type, TensorShape shape, ReadOnlyMemory<byte> data, TensorBuffer buffer)
    {
        Type = type;
        Shape = shape;
        Data = data;
        _buffer = buffer;
    }

    /// <summary>Element type.</summary>
    public TensorType Type { get; }

    /// <summary>Concrete dimensions.</summary>
    public TensorShape Shape { get; }

    /// <summary>
    /// The elements. <see cref="TensorType.Bytes"/>: each element is a 4-byte little-endian length followed by that many
    /// bytes (walk them with <see cref="BytesElements"/>).
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>A new tensor in pooled memory with undefined content, to be filled through <see cref="Mutable{T}"/>.</summary>
    /// <exception cref="InferenceException">InvalidArgument for <see cref="TensorType.Bytes"/> or a tensor too large.</exception>
    public static Tensor Allocate(TensorType type, TensorShape shape)
    {
        if (type == TensorType.Bytes)
            throw InferenceException.InvalidArgument("a BYTES tensor has no size before its elements are known; build it with BytesTensorBuilder.");
        if (Math.BigMul(shape.ElementCount, (long)type.ElementSize(), out var length) != 0 || length < 0)
            throw InferenceException.InvalidArgument($"a tensor of shape {shape} and type {type.ProtocolName()} overflows 64 bits of bytes.");
        var buffer = TensorPool.Shared.Rent(length);
        return new Tensor(type, shape, buffer.Memory, buffer);
    }

    /// <summary>A tensor over memory that is already there; takes over the caller's reference to <paramref name="buffer"/>.</summary>
    /// <param name="name">Named in errors.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Concrete dimensions.</param>
    /// <param name="data">Exactly the elements; lies within the buffer's memory.</param>
    /// <param name="buffer">Keeps the memory alive. On an exception the reference is still the caller's.</param>
    /// <exception cref="InferenceException">InvalidArgument where the data do not fit type and shape.</exception>
    public static Tensor Wrap(string name, TensorType type, TensorShape shape, ReadOnlyMemory<byte> data, TensorBuffer buffer)
    {
        TensorDataCheck.Validate(name, type, shape, data);
        return new Tensor(type, shape, data, buffer);
    }

    /// <summary>A tensor over garbage-collected memory, not copied.</summary>
    public static Tensor Wrap(string name, TensorType type, TensorShape shape, ReadOnlyMemory<byte> data) =>
        Wrap(name, type, shape, data, new ManagedTensorBuffer(data));

    /// <summary>A new tensor with a copy of <paramref name="values"/>, which must be exactly its elements.</summary>
    /// <exception cref="InferenceException">InvalidArgument where the values do not fit type and shape.</exception>
    public static Tensor From<T>(TensorType type, TensorShape shape, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var data = MemoryMarshal.AsBytes(values);
        TensorDataCheck.Validate(string.Empty, type, shape, data);
        var tensor = Allocate(type, shape);
        data.CopyTo(tensor.Mutable<byte>());
        return tensor;
    }

    /// <summary>
    /// A tensor whose elements were written to memory that is shared with a client, who may change them at any time: they are
    /// not looked at. Takes a reference of its own.
    /// </summary>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Concrete dimensions.</param>
    /// <param name="range">Where the elements were written, from its start on.</param>
    /// <param name="length">Bytes that they take.</param>
    public static Tensor Placed(TensorType type, TensorShape shape, SharedRange range, int length)
    {
        range.Retain();
        return new Tensor(type, shape, range.Memory[..length], range);
    }

    /// <summary>The shared memory that the tensor lies in; null where its memory is the process's own.</summary>
    public SharedRange? Shared => _buffer as SharedRange;

    /// <summary>Copies the elements, each read once, to the start of other memory.</summary>
    /// <exception cref="InferenceException">RegionLost where they lie in shared memory that is there no more.</exception>
    public void CopyTo(Span<byte> target)
    {
        if (!SharedRange.TryCopy(Data, target))
            Data.Span.CopyTo(target);
    }

    /// <summary>The elements as <typeparamref name="T"/>, whose size must divide the data's.</summary>
    public ReadOnlySpan<T> AsSpan<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Data.Span);

    /// <summary>The elements for writing, before the tensor is handed on.</summary>
    public Span<T> Mutable<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(MemoryMarshal.AsMemory(Data).Span);

    /// <summary>The elements of a <see cref="TensorType.Bytes"/> tensor, one after the other.</summary>
    public BytesElements BytesElements() => new(Data.Span);

    /// <summary>Another tensor over the same buffer, disposed of on its own.</summary>
    public Tensor Share() => View(Type, Shape, Data);

    /// <summary>Another tensor over a part of the same buffer, disposed of on its own; no bytes are copied.</summary>
    /// <param name="shape">Shape of the part.</param>
    /// <param name="offset">First byte of the part.</param>
    /// <param name="length">Bytes of the part; must fit <paramref name="shape"/>.</param>
    public Tensor Slice(TensorShape shape, int offset, int length)
    {
        var data = Data.Slice(offset, length);
        TensorDataCheck.Validate(string.Empty, Type, shape, data);
        return View(Type, shape, data);
    }

    /// <summary>Gives the buffer back; safe to call more than once.</summary>
    public void Dispose() => Interlocked.Exchange(ref _buffer, null)?.Release();

    /// <summary>Type and shape, such as <c>FP32[2,3]</c>.</summary>
    public override string ToString() => $"{Type.ProtocolName()}{Shape}";

    private Tensor View(TensorType type, TensorShape shape, ReadOnlyMemory<byte> data)
    {
        var buffer = _buffer;
        ObjectDisposedException.ThrowIf(buffer is null, this);
        buffer.Retain();
        return new Tensor(type, shape, data, buffer);
    }
}
