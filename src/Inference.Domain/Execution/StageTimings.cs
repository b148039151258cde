namespace Inference.Domain.Execution;

/// <summary>How long the stages of one request took, in ticks of <see cref="TimeProvider.TimestampFrequency"/>.</summary>
public sealed class StageTimings
{
    /// <summary>External input to model input.</summary>
    public long Preprocess { get; set; }

    /// <summary>From the executor's acceptance to when a lane took it.</summary>
    public long Queue { get; set; }

    /// <summary>Putting its batch's inputs together.</summary>
    public long Merge { get; set; }

    /// <summary>The run itself, with binding of inputs and outputs.</summary>
    public long Execute { get; set; }

    /// <summary>Handing its batch's outputs out.</summary>
    public long Split { get; set; }

    /// <summary>Model output to response.</summary>
    public long Postprocess { get; set; }

    /// <summary>From decoded request to finished response.</summary>
    public long Total { get; set; }
}
