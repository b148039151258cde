using System.Numerics;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>How a number on the wire becomes an element of a tensor.</summary>
internal interface IElementKind<TElement>
{
    /// <summary>Values that an element can have, for errors.</summary>
    static abstract string Range { get; }

    /// <summary>The element of a number; false where it does not fit.</summary>
    static abstract bool TryConvert(ulong number, out TElement element);

    /// <summary>The number as the wire's type means it, for errors.</summary>
    static abstract string Text(ulong number);
}

/// <summary>Whole numbers, which are wider on the wire than some elements.</summary>
internal readonly struct Narrow<TWide, TElement> : IElementKind<TElement>
    where TWide : unmanaged, IBinaryInteger<TWide>
    where TElement : unmanaged, IBinaryInteger<TElement>, IMinMaxValue<TElement>
{
    public static string Range => $"{TElement.MinValue} to {TElement.MaxValue}";

    public static bool TryConvert(ulong number, out TElement element)
    {
        var wide = TWide.CreateTruncating(number);
        element = TElement.CreateTruncating(wide);
        return TWide.CreateTruncating(element) == wide;
    }

    public static string Text(ulong number) => $"{TWide.CreateTruncating(number)}";
}

/// <summary>Truth values: whatever is not 0 is true.</summary>
internal readonly struct BoolElement : IElementKind<byte>
{
    public static string Range => "0 or 1";

    public static bool TryConvert(ulong number, out byte element)
    {
        element = number != 0 ? (byte)1 : (byte)0;
        return true;
    }

    public static string Text(ulong number) => $"{number}";
}
