using CsCheck;
using Google.Protobuf;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Infer.Codec;
using Input = Inference.Adapters.Protocol.ModelInferRequest.Types.InferInputTensor;
using Output = Inference.Adapters.Protocol.ModelInferRequest.Types.InferRequestedOutputTensor;

namespace Inference.Adapters.Grpc.Tests.Infer;

/// <summary>Tensors of requests and answers whose data is in shared memory.</summary>
internal sealed class SharedMemoryTests
{
    [Test]
    public void Decode_InputAndOutputInRegions_SayWhere()
    {
        var request = Decode(new ModelInferRequest { Inputs = { InputAt("x", "r", 8, 4) }, Outputs = { OutputAt("y", "s", 16) } });
        var input = request.SharedInputs.Single();
        Assert.Multiple(() =>
        {
            Assert.That(request.Inputs, Is.Empty);
            Assert.That((input.Name, input.Type, input.Shape, input.Location), Is.EqualTo(("x", TensorType.Float32, TensorShape.Of(2), new SharedLocation("r", 8, 4))));
            Assert.That(request.Outputs.Single().Location, Is.EqualTo(new SharedLocation("s", 16)));
        });
    }

    [Test]
    public void Decode_RawInputsBesideSharedOnes_HaveTheEntriesInTheirOrder()
    {
        var message = new ModelInferRequest
        {
            Inputs = { Plain("a"), InputAt("b", "r", 8), Plain("c") },
            RawInputContents = { ByteString.CopyFrom(1, 0, 0, 0, 0, 0, 0, 0), ByteString.CopyFrom(2, 0, 0, 0, 0, 0, 0, 0) },
        };
        using var tensors = Decode(message).Inputs;
        Assert.That(tensors.Select(t => (t.Name, t.Tensor.Data.Span[0])), Is.EqualTo(new[] { ("a", (byte)1), ("c", (byte)2) }));
    }

    [TestCase(0)]
    [TestCase(2)]
    public void Decode_AnotherNumberOfRawEntries_TellsHowManyAreShared(int entries)
    {
        var message = new ModelInferRequest { Inputs = { InputAt("a", "r", 8), Plain("b"), Plain("c"), Plain("d") } };
        message.RawInputContents.AddRange(Enumerable.Repeat(ByteString.CopyFrom(new byte[8]), entries + 1));
        if (entries != 2)
            Assert.That(Refused(message), Does.Contain($"{entries + 1} entries for 4 inputs, 1 of them in shared memory"));
        else
            Decode(message).Inputs.Dispose();
    }

    [Test]
    public void Read_RequestWhoseInputsAreAllShared_IsRawAndHoldsTheirBytes()
    {
        using var call = Read(new ModelInferRequest { Inputs = { InputAt("a", "r", 8), InputAt("b", "r", 8, 8) } }.ToByteArray());
        Assert.That((call.Form, call.Bytes), Is.EqualTo((TensorForm.Raw, 16)));
    }

    [Test]
    public void Decode_SharedInputWithContents_IsRefused()
    {
        var input = InputAt("x", "r", 8);
        input.Contents = new InferTensorContents { Fp32Contents = { 1, 2 } };
        Assert.That(Refused(new ModelInferRequest { Inputs = { input } }), Does.Contain("input 'x'").And.Contain("fp32_contents"));
    }

    [Test]
    public void Decode_WrongParameters_NameTheTensorAndWhatIsExpected()
    {
        (string Name, InferParameter Value, string Text)[] wrong =
        [
            ("shared_memory_region", new InferParameter { Int64Param = 1 }, "give it as string_param"),
            ("shared_memory_region", new InferParameter { StringParam = string.Empty }, "does not name a region"),
            ("shared_memory_byte_size", new InferParameter { StringParam = "8" }, "as int64_param"),
            ("shared_memory_byte_size", new InferParameter { Int64Param = -1 }, "is -1"),
            ("shared_memory_offset", new InferParameter { DoubleParam = 1 }, "as int64_param"),
            ("shared_memory_offset", new InferParameter { Uint64Param = ulong.MaxValue }, $"is {ulong.MaxValue}"),
            ("shared_memory_offsets", new InferParameter { Int64Param = 0 }, "'shared_memory_offsets', which is not known"),
            ("shared_memory_offset", new InferParameter(), "has no value"),
        ];
        foreach (var (name, value, text) in wrong)
        {
            var (input, output) = (InputAt("x", "r", 8), OutputAt("y", "r", 8));
            input.Parameters[name] = output.Parameters[name] = value;
            Assert.That(Refused(new ModelInferRequest { Inputs = { input } }), Does.Contain("input 'x'").And.Contain(text));
            Assert.That(Refused(new ModelInferRequest { Outputs = { output } }), Does.Contain("output 'y'").And.Contain(text));
        }
    }

    [TestCase("shared_memory_region", "without 'shared_memory_byte_size'")]
    [TestCase("shared_memory_byte_size", "does not name a region")]
    [TestCase("shared_memory_offset", "does not name a region")]
    public void Decode_OneParameterAlone_IsRefused(string name, string text)
    {
        var output = new Output { Name = "y", Parameters = { [name] = name.EndsWith("region", StringComparison.Ordinal) ? new InferParameter { StringParam = "r" } : new InferParameter { Int64Param = 1 } } };
        Assert.That(Refused(new ModelInferRequest { Outputs = { output } }), Does.Contain(text));
    }

    [Test]
    public void Write_AnyAnswer_HasDataOrParametersForEachOutput() =>
        Gen.Select(Gen.Select(Gen.Bool, Gen.Bool).Array[1, 4], Gen.Bool).Sample((outputs, typed) =>
        {
            var set = new TensorSet();
            foreach (var (i, _) in outputs.Index())
                set.Add($"y{i}", Tensor.From<float>(TensorType.Float32, TensorShape.Of(1), [i]));
            var locations = outputs.Select((o, i) => o.Item1 ? new SharedLocation("r", 100 + i, o.Item2 ? i : null) : null).ToList();
            using var answer = new InferAnswer("m", "1", "id", outputs: set, form: typed ? TensorForm.Typed : TensorForm.Raw, locations: locations);
            var message = ModelInferResponse.Parser.ParseFrom(Write(answer));
            var hasRaw = !typed && locations.Contains(null);
            Assert.That(message.RawOutputContents, Has.Count.EqualTo(hasRaw ? outputs.Length : 0));
            foreach (var (i, location) in locations.Index())
            {
                var output = message.Outputs[i];
                Assert.That(output.Contents is null, Is.EqualTo(!typed || location is not null));
                if (hasRaw)
                    Assert.That(message.RawOutputContents[i].Length, Is.EqualTo(location is null ? 4 : 0));
                Assert.That(output.Parameters.GetValueOrDefault("shared_memory_region")?.StringParam, Is.EqualTo(location?.Region));
                Assert.That(output.Parameters.GetValueOrDefault("shared_memory_byte_size")?.Int64Param, Is.EqualTo(location?.ByteSize));
                Assert.That(output.Parameters.GetValueOrDefault("shared_memory_offset")?.Int64Param, Is.EqualTo(location?.Offset));
            }
        });

    private static Input Plain(string name) => new() { Name = name, Datatype = "FP32", Shape = { 2 } };

    private static Input InputAt(string name, string region, long size, long? offset = null)
    {
        var input = Plain(name);
        Place(input.Parameters, region, size, offset);
        return input;
    }

    private static Output OutputAt(string name, string region, long size)
    {
        var output = new Output { Name = name };
        Place(output.Parameters, region, size, null);
        return output;
    }

    private static void Place(Google.Protobuf.Collections.MapField<string, InferParameter> parameters, string region, long size, long? offset)
    {
        parameters["shared_memory_region"] = new InferParameter { StringParam = region };
        parameters["shared_memory_byte_size"] = new InferParameter { Int64Param = size };
        if (offset is { } first)
            parameters["shared_memory_offset"] = new InferParameter { Int64Param = first };
    }
}
