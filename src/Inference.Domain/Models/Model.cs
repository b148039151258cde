using Inference.Domain.Execution;
using Inference.Domain.Tensors;

namespace Inference.Domain.Models;

/// <summary>
/// Pure inference logic: named tensors in, named tensors out. It checks what it is fed against its spec and leaves the rest
/// to its executor; it knows neither where inputs come from nor how outputs are used. Thread-safe.
/// </summary>
public sealed class Model : IAsyncDisposable
{
    private readonly string _owner;
    private readonly IReadOnlyList<TensorSpec> _inputs;

    /// <summary>Creates a model, which owns the executor.</summary>
    /// <param name="label">How errors name it: <c>model 'digits' version 2</c>.</param>
    /// <param name="spec">Inputs and outputs.</param>
    /// <param name="executor">Runs it.</param>
    public Model(string label, ModelSpec spec, IExecutor executor)
    {
        _owner = label;
        Spec = spec;
        _inputs = spec.Inputs;
        Executor = executor;
    }

    /// <summary>Inputs and outputs.</summary>
    public ModelSpec Spec { get; }

    /// <summary>Runs the model; owned.</summary>
    public IExecutor Executor { get; }

    /// <summary>Runs the model once.</summary>
    /// <param name="inputs">Stay the caller's; must live until the task is done.</param>
    /// <param name="context">Deadline, cancellation, priority; timings are added to it.</param>
    /// <returns>All outputs, owned by the caller.</returns>
    /// <exception cref="InferenceException">InvalidArgument where inputs do not fit the spec; else what the executor throws.</exception>
    public ValueTask<TensorSet> RunAsync(TensorSet inputs, RequestContext context)
    {
        SpecCheck.Inputs(_owner, _inputs, inputs, Spec.HasBatchAxis);
        if (Spec.MaxRows > 0)
            CheckRows(inputs[0].Tensor.Shape[0]);
        context.Rows = BatchAxis.Rows(Spec, inputs);
        return Executor.ExecuteAsync(inputs, context);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Executor.DisposeAsync();

    private void CheckRows(long rows)
    {
        if (rows < 1 || rows > Spec.MaxRows)
            throw InferenceException.InvalidArgument($"{_owner}: the request has {rows} rows (the first dimension of its inputs); expected 1 to {Spec.MaxRows}, which is the model's max_batch_size. Send them in several requests.");
    }
}
