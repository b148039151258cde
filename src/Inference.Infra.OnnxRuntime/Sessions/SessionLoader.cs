using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.OnnxRuntime.Devices;
using Inference.Infra.OnnxRuntime.External;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Sessions;

/// <summary>Opens sessions on the device that is asked for. Thread-safe.</summary>
internal sealed class SessionLoader(OrtEnv environment)
{
    private const string CudaProvider = "CUDAExecutionProvider";

    /// <summary>Opens a session; blocks while ONNX Runtime loads the model.</summary>
    /// <exception cref="InferenceException">LoadFailed with the reason.</exception>
    public LoadedSession Open(string path, ExecutionOptions options, bool fixedInputs, string label)
    {
        var folder = Path.GetDirectoryName(path) ?? string.Empty;
        var index = options.Device.Index;
        try
        {
            using var source = ModelSource.Read(path, label);
            switch (options.Device.Kind)
            {
                case DeviceKind.Cuda:
                    return MissingCuda() is { } missing
                        ? throw new InferenceException(ErrorCode.LoadFailed, $"{label}: device {options.Device} cannot be had: {missing}.")
                        : new LoadedSession(OpenCuda(source, options, fixedInputs, label), options.Device.ToString(), index, null);
                case DeviceKind.Auto:
                    return OpenAuto(source, options, fixedInputs, label);
                default:
                    return new LoadedSession(OpenCpu(source, options, fixedInputs), DeviceTable.Cpu, null, null);
            }
        }
        catch (Exception e) when (e is not InferenceException)
        {
            var where = options.Device.Kind == DeviceKind.Cuda ? $"{label} on device {options.Device}" : label;
            throw RuntimeErrors.OfLoad(where, folder, e);
        }
    }

    private LoadedSession OpenAuto(ModelSource source, ExecutionOptions options, bool fixedInputs, string label)
    {
        var reason = MissingCuda();
        if (reason is null)
        {
            var device = new DeviceRequest(DeviceKind.Cuda, options.Device.Index);
            try
            {
                return new LoadedSession(OpenCuda(source, options, fixedInputs, label), device.ToString(), device.Index, null);
            }
            catch (Exception e) when (e is not InferenceException)
            {
                // Whether the model or the device is at fault shows on the CPU: a broken model fails there too.
                reason = ErrorText.Bound($"{device} cannot be had: {RuntimeErrors.Clean(e)}");
            }
        }

        return new LoadedSession(OpenCpu(source, options, fixedInputs), DeviceTable.Cpu, null, reason);
    }

    // Null where this build can use CUDA; whether there is a device shows when a session is opened.
    private string? MissingCuda()
    {
        var providers = environment.GetAvailableProviders();
        return providers.Contains(CudaProvider, StringComparer.Ordinal)
            ? null
            : $"this build of the server has ONNX Runtime for {ErrorText.Join(providers)} only; use the CUDA build (OnnxRuntimeFlavor=cuda) or device cpu";
    }

    private static InferenceSession OpenCpu(ModelSource source, ExecutionOptions options, bool fixedInputs)
    {
        using var settings = SessionSettings.Create(options, fixedInputs);
        return source.Open(settings);
    }

    private static InferenceSession OpenCuda(ModelSource source, ExecutionOptions options, bool fixedInputs, string label)
    {
        RefuseGraphs(options, label);
        using var settings = SessionSettings.Create(options, fixedInputs);
        using var cuda = new OrtCUDAProviderOptions();
        cuda.UpdateOptions(CudaProviderSettings.Create(options.Device.Index, options.Cuda));
        settings.AppendExecutionProvider_CUDA(cuda);
        return source.Open(settings);
    }

    // A recorded run reads and writes the device memory that it was recorded with. Lanes bind their inputs anew for every
    // run, so a replay would answer with the inputs of an earlier request.
    private static void RefuseGraphs(ExecutionOptions options, string label)
    {
        if (options.Cuda.Graphs)
            throw new InferenceException(ErrorCode.LoadFailed, $"{label}: CUDA graphs are not served, since their inputs must stay at fixed device addresses; set execution.cuda.graphs to false.");
    }
}
