using System.Collections.Concurrent;
using Inference.Domain.SharedMemory;

namespace Inference.Services.Tests.Fakes;

/// <summary>Objects of 1000 bytes that are there under any key; native code does not reach them.</summary>
internal sealed class FakeObjects : ISystemSharedMemory
{
    public const int Size = 1000;

    private readonly ConcurrentDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);

    public string? Unavailable => null;

    /// <summary>Regions whose memory has gone away.</summary>
    public ConcurrentDictionary<string, bool> Lost { get; } = new(StringComparer.Ordinal);

    public byte[] Data(string key) => _objects.GetOrAdd(key, _ => new byte[Size]);

    public SharedRegion Open(string name, string key, long offset, long byteSize) => new Region(this, name, key, offset, byteSize);

    private sealed class Region(FakeObjects objects, string name, string key, long offset, long byteSize) : SharedRegion(name, byteSize)
    {
        private readonly byte[] _data = objects.Data(key);

        public override nint Address => 0;

        public override UInt128 ObjectId => (UInt128)(uint)StringComparer.Ordinal.GetHashCode(key);

        public override long ObjectOffset => offset;

        public override bool IsLost => objects.Lost.ContainsKey(Name);

        public override void CheckObject(long offset, long length)
        {
            if (IsLost)
                throw SharedRange.LostError(Name);
        }

        public override void Read(long offset, Span<byte> target) => _data.AsSpan((int)(ObjectOffset + offset), target.Length).CopyTo(target);

        public override void Write(long offset, ReadOnlySpan<byte> source) => source.CopyTo(_data.AsSpan((int)(ObjectOffset + offset)));

        protected override void Close()
        {
        }
    }
}
