using Google.Protobuf;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.SelfTest;

/// <summary>The bytes that are read without Protobuf, and the comparison of answers.</summary>
internal static class WireChecks
{
    public static void Run(Verdict verdict)
    {
        Scan(verdict);
        Compare(verdict);
        Options(verdict);
    }

    private static void Scan(Verdict verdict)
    {
        var full = new ModelStreamInferResponse { InferResponse = Answer([1, 2]) };
        full.InferResponse.Id = "00000042";
        full.InferResponse.Parameters["triton_final_response"] = new InferParameter { BoolParam = true };
        verdict.Equal(StreamAnswerScan.Read(full.ToByteArray()), (42, false), "id and error of an answer");
        full.ErrorMessage = new string('e', 300);
        verdict.Equal(StreamAnswerScan.Read(full.ToByteArray()), (42, true), "id and error of an error with an id");
        var error = new ModelStreamInferResponse { ErrorMessage = "e" };
        verdict.Equal(StreamAnswerScan.Read(error.ToByteArray()), (-1, true), "id and error of an error alone");
        full.InferResponse.Id = "42x";
        verdict.Equal(StreamAnswerScan.Read(full.ToByteArray()).Id, -1, "an id that is no number");
        verdict.Equal(StreamAnswerScan.Read([]), (-1, false), "id and error of an empty message");
        var bytes = full.ToByteArray();
        Throws(verdict, () => StreamAnswerScan.Read(bytes.AsSpan(0, bytes.Length - 1)), "a message that is cut off is refused");
    }

    private static void Compare(Verdict verdict)
    {
        verdict.Equal(Numbers.Check(Answer([1, 2]), [1, 2.0001f]), null, "the problem of an answer that rounding explains");
        verdict.Expect(Numbers.Check(Answer([1, 2]), [1, 2.01f]) is not null, "another number is a problem");
        verdict.Expect(Numbers.Check(Answer([1, float.NaN]), [1, 2]) is not null, "NaN is a problem");
        verdict.Expect(Numbers.Check(Answer([1]), [1, 2]) is not null, "a missing number is a problem");
        verdict.Expect(Numbers.Check(new ModelInferResponse(), [1]) is not null, "an empty answer is a problem");
        verdict.Expect(!Numbers.Differ([1, 2], [1, 2.0001f]), "rounding does not tell answers apart");
        verdict.Expect(Numbers.Differ([1, 2], [1, 2.01f]), "another number tells answers apart");
    }

    private static void Options(Verdict verdict)
    {
        var arguments = new Arguments(["--rows", "3", "--rate", "2.5"]);
        verdict.Equal((arguments.Integer("--rows", 1, 1, 9), arguments.Number("--rate", 1, 0, 9)), (3, 2.5), "options that are given");
        verdict.Equal(arguments.Integer("--calls", 7, 1, 9), 7, "an option that is left out");
        arguments.RequireAllRead();
        Throws(verdict, () => new Arguments(["--rows", "many"]).Integer("--rows", 1, 1, 9), "a number that is none is refused");
        Throws(verdict, () => new Arguments(["--rows", "10"]).Integer("--rows", 1, 1, 9), "a number out of bounds is refused");
        Throws(verdict, () => new Arguments(["--rows"]).RequireAllRead(), "an option without a value is refused");
        Throws(verdict, () => new Arguments(["--row", "1"]).RequireAllRead(), "an unknown option is refused");
        Throws(verdict, () => new Arguments([]).Text("--server"), "a missing option is refused");
    }

    private static void Throws(Verdict verdict, Action action, string what)
    {
        try
        {
            action();
            verdict.Expect(false, what);
        }
        catch (LoadException)
        {
            verdict.Expect(true, what);
        }
    }

    private static ModelInferResponse Answer(float[] numbers) => FakeModel.Encode("small", "", numbers);
}
