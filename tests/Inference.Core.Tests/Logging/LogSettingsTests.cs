using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Core.Tests.Logging;

public sealed class LogSettingsTests
{
    private static readonly LogLevel[] Levels = [LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning, LogLevel.Error, LogLevel.Critical];

    [Test]
    public void IsEnabled_AsConfigured_IsFromTheLeastLevelUp([Values] LogLevel least)
    {
        var settings = new LogSettings(least, LogSettings.Text);

        Assert.That(Levels.Where(settings.IsEnabled), Is.EqualTo(Levels.Where(l => l >= least)));
    }

    [Test]
    public void IsEnabled_AfterAChange_IsWhatWasAskedFor()
    {
        var settings = new LogSettings(LogLevel.Information, LogSettings.Text);

        settings.Change(new LogState(Information: true, Warning: false, Error: false, Verbosity: 2, LogSettings.Json));

        Assert.That(Levels.Where(settings.IsEnabled), Is.EqualTo(new[] { LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Critical }));
    }

    [Test]
    public void Change_TokenOfBefore_IsTold()
    {
        var settings = new LogSettings(LogLevel.Information, LogSettings.Text);
        using var change = new LogFormatChange<object>(settings);
        var (first, told) = (change.GetChangeToken(), 0);
        using var listening = first.RegisterChangeCallback(_ => told++, null);

        settings.Change(settings.State with { Format = LogSettings.Json });

        Assert.That((told, first.HasChanged, change.GetChangeToken().HasChanged), Is.EqualTo((1, true, false)));
    }
}
