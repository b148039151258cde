using System.Buffers.Binary;
using Inference.Infra.Components.Image;

namespace Inference.Infra.Tests.Components.Image;

/// <summary>Images with the pixels that another decoder finds in them.</summary>
internal static class ImageSamples
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "samples");

    public static IEnumerable<string> Png => Names("*.png");

    public static IEnumerable<string> Jpeg => Names("*.jpg");

    public static byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(Folder, name));

    public static DecodedImage Expected(string name)
    {
        var content = File(name + ".pixels");
        int Field(int at) => BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(4 * at));
        return new DecodedImage(Field(0), Field(1), Field(2), content[12..]);
    }

    private static IEnumerable<string> Names(string pattern) => Directory.GetFiles(Folder, pattern).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);
}
