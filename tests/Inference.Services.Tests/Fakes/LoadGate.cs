namespace Inference.Services.Tests.Fakes;

/// <summary>Holds a load until the test lets it go on.</summary>
internal sealed class LoadGate
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Entered => _entered.Task;

    public void Open() => _open.SetResult();

    public async Task PassAsync()
    {
        _entered.TrySetResult();
        await _open.Task;
    }

    public void Pass()
    {
        _entered.TrySetResult();
        _open.Task.GetAwaiter().GetResult();
    }
}
