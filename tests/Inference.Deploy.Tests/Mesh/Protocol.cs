using System.Text.RegularExpressions;

namespace Inference.Deploy.Tests.Mesh;

/// <summary>Names that the protocol file gives to the service and its methods.</summary>
internal static partial class Protocol
{
    private static readonly string Text = File.ReadAllText(Path.Combine(DeployFolder.Root, "protos", "open_inference.proto"));

    public static string Service => $"{PackagePattern().Match(Text).Groups[1].Value}.{ServicePattern().Match(Text).Groups[1].Value}";

    /// <summary>The name, if the service has such a method.</summary>
    public static string Method(string name) => MethodPattern().Matches(Text).Select(m => m.Groups[1].Value).Single(m => m == name);

    [GeneratedRegex(@"^package ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex PackagePattern();

    [GeneratedRegex(@"^service (\w+)", RegexOptions.Multiline)]
    private static partial Regex ServicePattern();

    [GeneratedRegex(@"\brpc (\w+)")]
    private static partial Regex MethodPattern();
}
