using Inference.Domain;

namespace Inference.Infra.OnnxRuntime.Artefacts;

/// <summary>
/// Reads the header of an ONNX file. It finds files that are no models, and truncated ones, with a reason that says more
/// than the runtime's. Field numbers are those of onnx.proto.
/// </summary>
internal static class OnnxHeaderReader
{
    private const int ModelIrVersion = 1;
    private const int ModelGraph = 7;
    private const int GraphNode = 1;
    private const int GraphInitializer = 5;
    private const int GraphInput = 11;
    private const int ValueName = 1;
    private const int ValueType = 2;
    private const int TypeTensor = 1;
    private const int TensorShape = 2;
    private const int ShapeDimension = 1;
    private const int DimensionValue = 1;

    /// <exception cref="InferenceException">LoadFailed with the reason, without the server's paths.</exception>
    public static OnnxHeader Read(string path, string label)
    {
        var file = ErrorText.Quote(Path.GetFileName(path));
        try
        {
            // Before it is opened: a pipe, which has no length either, would keep the open waiting, and with it all loads.
            if (new FileInfo(path) is { Exists: true, Length: 0 })
                throw Failure(label, $"file {file} is empty; store the exported model there.");
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return Read(stream, label, file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Failure(label, $"there is no file {file} in the version's folder.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or (IOException and not EndOfStreamException))
        {
            throw Failure(label, $"file {file} cannot be read ({e.GetType().Name}); check that it is a file and that the server's user may read it.", e);
        }
    }

    private static OnnxHeader Read(Stream stream, string label, string file)
    {
        var (hasVersion, graphs, inputs) = (false, 0, new List<DeclaredTensor>());
        var (operators, weights) = (0, 0L);
        try
        {
            var reader = new WireReader(stream);
            while (reader.Next())
            {
                hasVersion |= reader is { Field: ModelIrVersion, IsMessage: false };
                if (reader is { Field: ModelGraph, IsMessage: true, Length: > 0 })
                {
                    graphs++;
                    reader.Enter(graph => ReadGraph(graph, inputs, ref operators, ref weights));
                }
                else if (reader.IsMessage)
                {
                    reader.Skip();
                }
            }
        }
        catch (EndOfStreamException e) when (hasVersion)
        {
            throw Failure(label, $"file {file} is truncated or damaged: {e.Message}. Copy it again.", e);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Failure(label, $"file {file} is not an ONNX model: {e.Message}.", e);
        }

        return graphs == 1 ? new OnnxHeader(inputs) { Operators = operators, Weights = weights } : throw Failure(label, $"file {file} is not an ONNX model: it holds {(graphs == 0 ? "no" : "more than one")} graph.");
    }

    private static void ReadGraph(WireReader graph, List<DeclaredTensor> inputs, ref int operators, ref long weights)
    {
        while (graph.Next())
        {
            if (graph is { Field: GraphNode, IsMessage: true })
                operators++;
            if (graph is { Field: GraphInitializer, IsMessage: true })
                weights += graph.Length;
            if (graph is { Field: GraphInput, IsMessage: true })
                graph.Enter(value => inputs.Add(ReadValue(value)));
            else if (graph.IsMessage)
                graph.Skip();
        }
    }

    private static DeclaredTensor ReadValue(WireReader value)
    {
        var (name, hasShape, isFixed) = (string.Empty, false, true);
        while (value.Next())
        {
            if (value is { Field: ValueName, IsMessage: true })
                name = value.Text();
            else if (value is { Field: ValueType, IsMessage: true })
                Within(value, TypeTensor, tensor => Within(tensor, TensorShape, ReadShape));
            else if (value.IsMessage)
                value.Skip();
        }

        return new DeclaredTensor(name, hasShape, isFixed);

        void ReadShape(WireReader shape)
        {
            hasShape = true;
            while (shape.Next())
            {
                var isNumber = false;
                if (shape is { Field: ShapeDimension, IsMessage: true })
                    shape.Enter(dimension => isNumber = HasNumber(dimension));
                else if (shape.IsMessage)
                    shape.Skip();
                isFixed &= isNumber;
            }
        }
    }

    private static bool HasNumber(WireReader dimension)
    {
        var found = false;
        while (dimension.Next())
        {
            found |= dimension is { Field: DimensionValue, IsMessage: false };
            if (dimension.IsMessage)
                dimension.Skip();
        }

        return found;
    }

    // Walks a message and enters its fields of that number.
    private static void Within(WireReader reader, int field, Action<WireReader> read) =>
        reader.Enter(message =>
        {
            while (message.Next())
            {
                if (message.Field == field && message.IsMessage)
                    message.Enter(read);
                else if (message.IsMessage)
                    message.Skip();
            }
        });

    private static InferenceException Failure(string label, string reason, Exception? cause = null) =>
        cause is null ? new(ErrorCode.LoadFailed, $"{label}: {reason}") : new(ErrorCode.LoadFailed, $"{label}: {reason}", cause);
}
