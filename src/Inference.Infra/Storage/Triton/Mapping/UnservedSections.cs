namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary>Parts of a configuration that this program does not have: refused where answers would differ, else warned of.</summary>
internal static class UnservedSections
{
    public static void Check(ConfigContext config)
    {
        var root = config.Root;
        CheckSequences(config);
        foreach (var key in new[] { "batch_input", "batch_output" })
        {
            if (root.Find(key) is { Items.Count: > 0 } node)
                config.Refuse(node.Location, $"{key} is not supported: the model expects tensors that are made of whole batches, which this server does not make.");
        }

        if (root.Section("model_operations").Find("op_library_filename") is { Items.Count: > 0 } libraries)
            config.Refuse(libraries.Location, "model_operations is not supported: libraries of custom operators are not loaded; export the model with ONNX's own operators.");
        if (root.Section("model_repository_agents").Find("agents") is { Items.Count: > 0 } agents)
            config.Refuse(agents.Location, "model_repository_agents is not supported: agents, which may change a model's files, are not run; store the files as they are to be served.");
        if (root.Section("model_transaction_policy").Flag("decoupled", false))
            config.Refuse(root.Find("model_transaction_policy")!.Location, "model_transaction_policy.decoupled is not supported: an ONNX model answers each request once.");
        if (root.Section("response_cache").Flag("enable", false))
            config.Ignore("has no effect: answers are not cached, each request runs the model.", "response_cache");
        config.Ignore("has no effect: metrics have the labels that the README lists.", "metric_tags");
        config.Ignore("has no effect: metrics are those that the README lists.", "model_metrics");
    }

    // Without inputs or state of the sequence a request of a sequence is answered as any other.
    private static void CheckSequences(ConfigContext config)
    {
        const string key = "sequence_batching";
        if (config.Root.Find(key) is not { } node)
            return;
        var section = config.Root.Section(key);
        if (section.Find("control_input") is { Items.Count: > 0 } || section.Find("state") is { Items.Count: > 0 } || section.Flag("iterative_sequence", false))
            config.Refuse(node.Location, "sequence_batching is not served: the model's control inputs or states of a sequence would have to be kept by the server; give states as inputs and outputs.");
        else
            config.Ignore("has no effect: requests of a sequence are answered as others, which for a model without control inputs and states gives the same answers.", key);
    }
}
