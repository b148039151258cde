"""Makes the models of tests/models/triton; the configurations beside them are written by hand."""

import numpy as np
from onnx import TensorProto, helper

import onnx_graph
from onnx_graph import floats, tensor
from paths import TRITON

node = helper.make_node
random = np.random.default_rng(5)


def save(folder, nodes, inputs, outputs, weights=()):
    onnx_graph.save(onnx_graph.build(folder.split("/")[0], nodes, inputs, outputs, weights), TRITON / folder)


# Sum and difference; version n adds n - 1 to the sum, so that an answer tells its version.
for version in (1, 2, 3):
    save(f"simple/{version}",
         [node("Add", ["INPUT0", "INPUT1"], ["sum"]), node("Add", ["sum", "offset"], ["OUTPUT0"]),
          node("Sub", ["INPUT0", "INPUT1"], ["OUTPUT1"])],
         [tensor(name, TensorProto.INT32, "batch", 16) for name in ("INPUT0", "INPUT1")],
         [tensor(name, TensorProto.INT32, "batch", 16) for name in ("OUTPUT0", "OUTPUT1")],
         [onnx_graph.weight("offset", [version - 1], np.int32)])

# An image model of one image a run: clients send [3,4,4] and get [5].
save("image_fixed/1",
     [node("GlobalAveragePool", ["data_0"], ["pooled"]), node("Conv", ["pooled", "kernel"], ["fc6_1"])],
     [floats("data_0", 1, 3, 4, 4)], [floats("fc6_1", 1, 5, 1, 1)],
     [onnx_graph.weight("kernel", random.normal(size=(5, 3, 1, 1)))])

# Rows of any length under symbols of different names, as some exporters write them.
save("text_encoder/1",
     [node("Mul", ["input_ids", "attention_mask"], ["kept"]), node("Cast", ["kept"], ["numbers"], to=TensorProto.FLOAT),
      node("Unsqueeze", ["numbers", "last"], ["columns"]), node("MatMul", ["columns", "weights"], ["last_hidden_state"]),
      node("ReduceSum", ["last_hidden_state", "middle"], ["pooler_output"], keepdims=0)],
     [tensor("input_ids", TensorProto.INT64, "batch_ids", "sequence"),
      tensor("attention_mask", TensorProto.INT64, "batch_mask", "sequence")],
     [floats("last_hidden_state", "batch", "sequence", 4), floats("pooler_output", "batch", 4)],
     [onnx_graph.weight("last", [2], np.int64), onnx_graph.weight("middle", [1], np.int64),
      onnx_graph.weight("weights", random.normal(size=(1, 4)))])

save("strings/1", [node("Identity", ["text"], ["copy"])],
     [tensor("text", TensorProto.STRING, "batch", "n")], [tensor("copy", TensorProto.STRING, "batch", "n")])

# One number a row without an axis of its own; clients send [1].
save("scalar_rows/1", [node("Mul", ["x", "two"], ["y"])], [floats("x", "batch")], [floats("y", "batch")],
     [onnx_graph.weight("two", [2])])

# A folder in the place of the model's file, as models with external data have it.
save("folder_model/1/model.onnx", [node("Neg", ["x"], ["y"])], [floats("x", "batch", 3)], [floats("y", "batch", 3)])

save("auto_complete/1", [node("Neg", ["x"], ["y"])], [floats("x", "batch", 3)], [floats("y", "batch", 3)])

save("named_file/1", [node("Abs", ["x"], ["y"])], [floats("x", "rows", "columns")], [floats("y", "rows", "columns")])
(TRITON / "named_file" / "1" / "model.onnx").rename(TRITON / "named_file" / "1" / "net.onnx")
