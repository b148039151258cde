using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;

namespace Inference.Infra.Tests.Queue.Fakes;

/// <summary>One request and its answer.</summary>
internal sealed class Call(TensorSet inputs, RequestContext context, Task<TensorSet> task)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public RequestContext Context => context;

    public TensorSet Inputs => inputs;

    public bool IsDone => task.IsCompleted;

    /// <summary>Has the answer that the model gives to its rows alone.</summary>
    public async Task Succeeds()
    {
        using var outputs = await task.WaitAsync(Patience);
        Assert.That(outputs.Get("y").Shape, Is.EqualTo(inputs.Get("x").Shape));
        Assert.That(outputs.Get("y").AsSpan<float>().ToArray(), Is.EqualTo(inputs.Get("x").AsSpan<float>().ToArray().Select(RowModel.Of)));
        inputs.Dispose();
    }

    /// <summary>Ends, whether with an answer or not.</summary>
    public async Task Ends()
    {
        await task.WaitAsync(Patience).ContinueWith(static _ => { }, TaskScheduler.Default);
        if (task.IsCompletedSuccessfully)
            (await task).Dispose();
        inputs.Dispose();
    }

    /// <summary>Has an answer, whatever it is.</summary>
    public async Task<TensorSet> Outputs()
    {
        var outputs = await task.WaitAsync(Patience);
        inputs.Dispose();
        return outputs;
    }

    /// <summary>Has failed.</summary>
    public async Task<InferenceException> Fails(ErrorCode code)
    {
        var error = (await Assert.ThrowsAsync<InferenceException>(async () => await task.WaitAsync(Patience)))!;
        Assert.That(error.Code, Is.EqualTo(code), error.Message);
        inputs.Dispose();
        return error;
    }
}
