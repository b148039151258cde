namespace Inference.Functional.Tests.Proxies;

/// <summary>A proxy with one of its examples in <c>deploy/proxy</c>.</summary>
/// <param name="Program">The program, and the Debian package that has it.</param>
/// <param name="Example">Path of the example below <c>deploy/proxy</c>.</param>
/// <param name="IsTls">With TLS to clients and to replicas.</param>
internal sealed record ProxyKind(string Program, string Example, bool IsTls)
{
    public static readonly ProxyKind[] All =
    [
        new("nginx", "nginx/inference.conf", IsTls: false), new("nginx", "nginx/inference-tls.conf", IsTls: true),
        new("haproxy", "haproxy/haproxy.cfg", IsTls: false), new("haproxy", "haproxy/haproxy-tls.cfg", IsTls: true),
    ];

    public override string ToString() => IsTls ? $"{Program}, TLS" : Program;
}
