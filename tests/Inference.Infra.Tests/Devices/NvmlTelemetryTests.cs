using System.Diagnostics;
using Inference.Core.Telemetry;
using Inference.Infra.Devices;

namespace Inference.Infra.Tests.Devices;

/// <summary>Against a library of a few lines with the driver's interface, since there is no GPU here.</summary>
internal sealed class NvmlTelemetryTests
{
    private const string TwoDevices = """
        #include <string.h>
        typedef struct { unsigned long long total, free, used; } memory_t;
        typedef struct { unsigned int gpu, memory; } utilization_t;
        int nvmlInit_v2(void) { return 0; }
        int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 3; return 0; }
        int nvmlDeviceGetHandleByIndex_v2(unsigned int i, void **device) { *device = (void *)(long)(i + 1); return i == 1 ? 15 : 0; }
        int nvmlDeviceGetName(void *device, char *name, unsigned int length) { strncpy(name, "Test GPU", length); return 0; }
        int nvmlDeviceGetMemoryInfo(void *device, memory_t *m) { m->total = 80ull << 30; m->free = 70ull << 30; m->used = 10ull << 30; return 0; }
        int nvmlDeviceGetUtilizationRates(void *device, utilization_t *u) { u->gpu = 42; u->memory = 7; return device == (void *)3 ? 3 : 0; }
        int nvmlDeviceGetTemperature(void *device, int sensor, unsigned int *t) { *t = sensor == 0 ? 61 : 0; return 0; }
        """;

    [Test]
    public void Read_WithoutDriver_TellsNothing() =>
        Assert.That(new NvmlTelemetry("libof-no-driver.so.1").Read(), Is.Empty);

    [Test]
    public void Read_Devices_TellsThoseThatCanBeReachedAndWhatTheyTell()
    {
        using var folder = new TempFolder();

        var readings = new NvmlTelemetry(Compile(folder, TwoDevices)).Read();

        Assert.That(readings, Is.EqualTo(new[]
        {
            new DeviceReading(0, "Test GPU", 80L << 30, 10L << 30, 0.42, 61),
            new DeviceReading(2, "Test GPU", 80L << 30, 10L << 30, null, 61),
        }));
    }

    [TestCase("int nvmlInit_v2(void) { return 9; }", TestName = "Read_DriverNotLoaded_TellsNothing")]
    [TestCase("int other(void) { return 0; }", TestName = "Read_AnotherLibrary_TellsNothing")]
    public void Read_UnusableLibrary_TellsNothing(string source)
    {
        using var folder = new TempFolder();

        Assert.That(new NvmlTelemetry(Compile(folder, source)).Read(), Is.Empty);
    }

    private static string Compile(TempFolder folder, string source)
    {
        var (code, library) = (folder.At("nvml.c"), folder.At("libnvml-test.so"));
        File.WriteAllText(code, source);
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("cc", ["-shared", "-fPIC", "-o", library, code]) { RedirectStandardError = true })!;
            var complaints = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            Assert.That(compiler.ExitCode, Is.Zero, complaints);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("There is no C compiler (cc) to make a library with.");
        }

        return library;
    }
}
