using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Inference.Infra.Components;

/// <summary>Finds the number of a word that comes as UTF-8, without making a string of it. Immutable and thread-safe.</summary>
internal sealed class Utf8Words
{
    private readonly Dictionary<byte[], int> _numbers = new(new ByteComparer());
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    /// <summary>Numbers the words from 0 in their order; words must differ.</summary>
    public Utf8Words(IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count; i++)
            _numbers.Add(Encoding.UTF8.GetBytes(words[i]), i);
        _lookup = _numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Number of words.</summary>
    public int Count => _numbers.Count;

    /// <summary>The number of the word, or -1.</summary>
    public int Find(ReadOnlySpan<byte> word) => _lookup.TryGetValue(word, out var number) ? number : -1;

    private sealed class ByteComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
