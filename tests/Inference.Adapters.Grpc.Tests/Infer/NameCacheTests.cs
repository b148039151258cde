using System.Text;
using CsCheck;
using Inference.Adapters.Grpc.Infer.Wire;

namespace Inference.Adapters.Grpc.Tests.Infer;

internal sealed class NameCacheTests
{
    [Test]
    public void TryGet_AnyNames_NeverGivesAnother()
    {
        var cache = new NameCache();
        Gen.Byte[0x20, 0x7e].Array[0, 70].Array[1, 50].Sample(
            names =>
            {
                foreach (var name in names)
                {
                    if (cache.TryGet(name, out var found))
                        Assert.That(found, Is.EqualTo(Encoding.UTF8.GetString(name)));
                    else
                        cache.Add(name, Encoding.UTF8.GetString(name));
                }
            },
            threads: 4);
    }

    [TestCase("FP32")]
    [TestCase("a-long-name-of-sixty-four-bytes-which-is-the-most-that-is-kept-.")]
    public void TryGet_NameThatWasAdded_IsTheSameString(string name)
    {
        var cache = new NameCache();
        cache.Add(Encoding.UTF8.GetBytes(name), name);
        Assert.That(cache.TryGet(Encoding.UTF8.GetBytes(name), out var found) && ReferenceEquals(found, name));
    }

    [TestCase("漢")]
    [TestCase("a-long-name-of-sixty-five-bytes-which-is-above-the-most-that-is-..")]
    public void TryGet_NameThatIsNotKept_IsNotFound(string name)
    {
        var cache = new NameCache();
        cache.Add(Encoding.UTF8.GetBytes(name), name);
        Assert.That(cache.TryGet(Encoding.UTF8.GetBytes(name), out _), Is.False);
    }
}
